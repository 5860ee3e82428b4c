"""The exception tree: whose fault a failure is decides its class.

::

    SuperfastError
    ├── UsageError            the person at the terminal: what was typed cannot be done       (exit 2)
    ├── ManifestError         the author: a challenge is not well formed                      (exit 2)
    ├── JudgeError            ours: the judge, or the machine under it, could not do its work (exit 4)
    │   └── SandboxError      isolation that was asked for is not to be had here
    ├── SubmissionFault       the learner: becomes the verdict of a check, never a traceback
    ├── NotMeasured           nobody: this machine lacks what a check asks for; the verdict of that check
    └── Undecided             nobody: the evidence does not decide; the verdict of that check
"""

from __future__ import annotations

from harness.outcomes import Failure


class SuperfastError(Exception):
    """Root of every error that this project raises on purpose; its text is fit to be shown."""


class UsageError(SuperfastError):
    """What was typed cannot be done: names the thing, the cause and the mend."""


class ManifestError(SuperfastError):
    """A challenge is not well formed; carries every fault found, not the first one.

    Attributes:
        faults: one line each: where in the manifest, what is wrong, how to mend it.
    """

    def __init__(self, source: str, faults: tuple[str, ...]) -> None:
        self.source = source
        self.faults = faults
        super().__init__(f"{source}: {len(faults)} fault(s)\n" + "\n".join(f"  - {fault}" for fault in faults))


class JudgeError(SuperfastError):
    """The judge could not do its work; costs a learner nothing."""


class SandboxError(JudgeError):
    """Isolation that was asked for is not to be had here; the text says why and how to get it."""


class SubmissionFault(SuperfastError):
    """The submission did something that fails a check.

    Attributes:
        failure: what the learner is told.
    """

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(f"{failure.cause}: {failure.message}")


class NotMeasured(SuperfastError):
    """A check can't be measured on this machine, or not under the isolation that it has; the text says why."""


class Undecided(SuperfastError):
    """The evidence does not decide a check; the text says why."""
