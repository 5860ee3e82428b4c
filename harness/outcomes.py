"""What became of a check: the verdict, and for a failure everything that the learner is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.findings import Finding
from harness.readings import Cause, Reading, Witness


class Verdict(StrEnum):
    """How a check ended; the last two are never the learner's fault and outrank the rest."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    NOT_MEASURED = "not_measured"
    SKIPPED = "skipped"
    JUDGE_ERROR = "judge_error"
    MANIFEST_ERROR = "manifest_error"


RANK = (
    Verdict.PASSED,
    Verdict.NOT_MEASURED,
    Verdict.SKIPPED,
    Verdict.UNDECIDED,
    Verdict.FAILED,
    Verdict.MANIFEST_ERROR,
    Verdict.JUDGE_ERROR,
)
"""From mild to grave: a check that several tests speak for gets the gravest of their verdicts."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What a learner is told of a failed check; never the hidden data itself.

    Attributes:
        cause: the one word.
        message: what went wrong and, where there is one, the mend.
        expected: what should have been, as text.
        actual: what was, as text.
        index: the first element that differs.
        shape: the shapes of the case, as text.
        seed: the seed that reproduces the case (`grade <id> --seed`).
        output: what the submission printed, bounded; says so when it is cut.
        trace: the submission's own traceback, bounded.
    """

    cause: Cause
    message: str
    expected: str | None = None
    actual: str | None = None
    index: tuple[int, ...] | None = None
    shape: str | None = None
    seed: str | None = None
    output: str | None = None
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What the hidden tests of one check found.

    Attributes:
        check: id of the check in the manifest.
        verdict: the gravest verdict of its tests.
        reason: one sentence for every verdict that is not `passed` and not `failed`.
        failure: for `failed`, what the learner is told.
        readings: every fact measured for this check.
        findings: tables and series beside them.
        evidence: the weakest witness that the verdict rests on.
        wall_s: seconds spent on it.
    """

    check: str
    verdict: Verdict
    reason: str | None = None
    failure: Failure | None = None
    readings: tuple[Reading, ...] = ()
    evidence: Witness = Witness.JUDGE
    wall_s: float = 0.0
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a failure without its cause, and a cause without a failure."""
        if (self.verdict is Verdict.FAILED) != (self.failure is not None):
            raise ValueError(f"check {self.check!r}: verdict {self.verdict} and failure {self.failure} contradict")
