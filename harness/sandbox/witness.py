"""Witnesses, on the very calls that are timed, whether a submission lets a forbidden library routine do its work."""

from __future__ import annotations

import time
from collections.abc import Sequence

from harness.errors import SubmissionFault, Undecided
from harness.outcomes import Failure
from harness.readings import Cause, Reading, Witness
from harness.sandbox.session import Session
from harness.sandbox.staging import Arguments, Expected
from harness.sandbox.whereabouts import Whereabouts

LEAST_SAMPLES = 60
"""Samples below which nothing is said of where the time passes."""

MOST_LIBRARY_SHARE = 0.2
"""Share of samples in forbidden routines above which the work is the library's: honest code shows 0.00, library doors
0.87 and more; a submission that uses the library for a fifth of its work has still used it."""

LONGEST_WATCH_S = 20.0
"""Seconds after which a watch ends with the samples that it has."""


class LibraryWitness:
    """Which share of a submission's time passes in forbidden library routines, on the very calls that are timed."""

    def __init__(self, forbidden: Sequence[str]) -> None:
        self._forbidden = tuple(forbidden)
        self._home = Whereabouts()
        self.seen = Whereabouts()

    @property
    def is_needed(self) -> bool:
        """Whether any routine is forbidden at all."""
        return bool(self._forbidden)

    @property
    def share(self) -> float:
        """The share of samples so far that lie in a forbidden routine."""
        return self.seen.share(self._home)

    def calibrate(
        self, baseline: Session, batch: Sequence[Arguments], promised: Sequence[Expected], call_s: float
    ) -> None:
        """Find the pages of the forbidden routines: functions of the baseline, called on `batch` by a trusted guest."""
        for routine in self._forbidden:
            found = Whereabouts()
            deadline = time.monotonic() + LONGEST_WATCH_S
            while found.count < LEAST_SAMPLES and time.monotonic() < deadline:
                watch(found, baseline, routine, batch, promised, call_s)
            self._home.hits.update(found.hits)
            self._home.code |= found.code

    def watch(
        self, candidate: Session, function: str, batch: Sequence[Arguments], promised: Sequence[Expected], call_s: float
    ) -> None:
        """Look where the submission is while it works on `batch`."""
        watch(self.seen, candidate, function, batch, promised, call_s)

    def reading(self) -> Reading:
        """Give the share as a reading, with the files in which most samples lie."""
        files = ", ".join(f"{name} {count}" for name, count in list(self.seen.by_file().items())[:4])
        return Reading("library_share", self.share, "", Witness.JUDGE, note=f"{self.seen.count} samples: {files}")

    def refuse_library_time(self) -> None:
        """Refuse a submission whose time passes in a forbidden routine.

        Raises:
            SubmissionFault: cause `forbidden`.
            Undecided: there are too few samples to tell; a rule that can't be checked is not passed.
        """
        if self.is_needed and self.seen.count < LEAST_SAMPLES:
            raise Undecided(f"only {self.seen.count} samples of where its time passes; {LEAST_SAMPLES} are needed")
        if self.share > MOST_LIBRARY_SHARE:
            message = (
                f"{self.share:.0%} of its time passes in a library's routine that the rules forbid; "
                "all of it has to pass in your own code"
            )
            most, share = f"at most {MOST_LIBRARY_SHARE:.0%}", f"{self.share:.0%}"
            raise SubmissionFault(Failure(Cause.FORBIDDEN, message, most, share))


def watch(
    seen: Whereabouts,
    session: Session,
    function: str,
    batch: Sequence[Arguments],
    promised: Sequence[Expected],
    call_s: float,
) -> None:
    """Add to `seen` where a guest is at random moments of one frame that looks like any other."""
    session.call(function, batch, promised, call_s, seen.looker(session.guest.members))
