"""The neck of the hourglass: what a check earned and what a whole grade says; illegal ones can't be built.

Left of `Grade` nothing knows a report; right of it nothing knows a sandbox, torch or pytest.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from fractions import Fraction

from harness.device import Machine
from harness.findings import Finding
from harness.outcomes import Failure, Verdict
from harness.plan import Span
from harness.readings import Reading, Witness

VOID = frozenset({Verdict.JUDGE_ERROR, Verdict.MANIFEST_ERROR})
"""Verdicts that are nobody's merit and no learner's fault: a grade that holds one decides nothing."""

OPENABLE = frozenset({Verdict.UNDECIDED, Verdict.SKIPPED})
"""Verdicts that another run may turn: an undecided check, and one skipped for the sake of such a check."""


class ExitCode(IntEnum):
    """What the process answers to whoever started it."""

    PASSED = 0
    NOT_PASSED = 1
    USAGE = 2
    UNDECIDED = 3
    JUDGE_ERROR = 4
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a check with a threshold.

    Attributes:
        name: what a learner calls this step.
        reach: value of the metric, in its own unit, from which the step counts.
        points: points of the whole check once this step is reached.
    """

    name: str
    reach: float
    points: int


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One row of a grade.

    Attributes:
        id: id of the check in the manifest.
        title: what it asks for, in one line.
        verdict: how it ended.
        points: points earned.
        max_points: points that could be earned.
        lane: where it can be measured: `cpu`, `cuda` or `cuda:N`.
        required: whether a grade can't pass without it.
        failure: for `failed`, what the learner is told.
        reason: for every verdict but `passed` and `failed`, why.
        readings: every fact measured for it.
        findings: tables and series beside them.
        evidence: the weakest witness that the verdict rests on.
        wall_s: seconds spent on it.
        metric: name of the reading that decides, for a check with tiers.
        tier_reached: the highest tier that was surely reached; None without tiers or below the first.
        next_tier: the tier above it; None without tiers or at the top.
        hint: what the author says to those who fail it.
        points_open: points that another run may still win; None where the verdict is settled.
    """

    id: str
    title: str
    verdict: Verdict
    points: int
    max_points: int
    lane: str = "cpu"
    required: bool = False
    failure: Failure | None = None
    reason: str | None = None
    readings: tuple[Reading, ...] = ()
    evidence: Witness = Witness.JUDGE
    wall_s: float = 0.0
    metric: str | None = None
    tier_reached: Tier | None = None
    next_tier: Tier | None = None
    hint: str | None = None
    points_open: int | None = None
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a row that contradicts itself."""
        faults = [*self._faults_of_points(), *self._faults_of_words()]
        if faults:
            raise ValueError(f"check {self.id!r}: " + "; ".join(faults))

    def _faults_of_points(self) -> list[str]:
        """Say which points can't be."""
        faults = []
        if not 0 <= self.points <= self.max_points:
            faults.append(f"{self.points} of {self.max_points} points")
        if self.points and self.verdict not in {Verdict.PASSED, Verdict.UNDECIDED}:
            faults.append(f"{self.points} points with verdict {self.verdict}")
        if self.verdict is Verdict.PASSED and self.metric is None and self.points != self.max_points:
            faults.append(f"passed, without tiers, with {self.points} of {self.max_points} points")
        if self.points_open is not None:
            if self.verdict not in OPENABLE:
                faults.append(f"open points with verdict {self.verdict}")
            if not 0 <= self.points_open <= self.max_points - self.points:
                faults.append(f"{self.points} + {self.points_open} open of {self.max_points} points")
        elif self.verdict is Verdict.UNDECIDED:
            faults.append("undecided without saying what is open")
        return faults

    def _faults_of_words(self) -> list[str]:
        """Say which words are missing, or are there without cause."""
        faults = []
        if (self.verdict is Verdict.FAILED) != (self.failure is not None):
            faults.append(f"verdict {self.verdict} and failure {self.failure} contradict")
        if self.verdict not in {Verdict.PASSED, Verdict.FAILED} and not self.reason:
            faults.append(f"verdict {self.verdict} without a reason")
        if self.metric is None and (self.tier_reached or self.next_tier):
            faults.append("tiers without a metric")
        if self.wall_s < 0:
            faults.append(f"took {self.wall_s} s")
        return faults

    @property
    def measurable(self) -> bool:
        """Whether its points count here: not where this machine, the judge or the author is what was lacking."""
        return self.verdict is not Verdict.NOT_MEASURED and self.verdict not in VOID


@dataclass(frozen=True, slots=True)
class Grade:
    """One submission against one challenge, once.

    Attributes:
        challenge: id of the challenge.
        challenge_format: version of the manifest's format.
        challenge_digest: sha256, hex, over manifest, hidden tests, stub and brief.
        title: title of the challenge.
        pass_mark: share of the measurable points that a pass takes, 0 to 1.
        submission_sha256: sha256, hex, over the names and contents of the submission.
        submission_files: its files, relative, sorted.
        machine: what it ran on.
        isolation: what was really applied in this run: `bubblewrap` or `process`.
        isolation_note: why no more was to be had.
        freezer: how guests were stopped: `cgroup` or `signals`.
        seed_commitment: sha256, hex, of the seed; known before the run.
        seed: the 32 secret bytes, hex; told after the run, for replay.
        started: when it began, in UTC.
        wall_s: seconds it took.
        spans: where the time went.
        checks: one row a check, in the order of the manifest.
        only: ids of the checks that were asked for; empty where all were. What was left out is not measured, so such a
            grade says nothing of the whole and must not be kept as one.
    """

    challenge: str
    challenge_format: int
    challenge_digest: str
    title: str
    pass_mark: float
    submission_sha256: str
    submission_files: tuple[str, ...]
    machine: Machine
    isolation: str
    isolation_note: str | None
    freezer: str
    seed_commitment: str
    seed: str
    started: datetime
    wall_s: float
    spans: tuple[Span, ...]
    checks: tuple[CheckResult, ...]
    only: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a grade that can't be true."""
        ids = [check.id for check in self.checks]
        if not ids or len(set(ids)) != len(ids):
            raise ValueError(f"a grade has one row a check and at least one, not {ids}")
        if not set(self.only) <= set(ids):
            raise ValueError(f"asked for {', '.join(self.only)}, and has rows for {', '.join(ids)} alone")
        if not 0.0 <= self.pass_mark <= 1.0:
            raise ValueError(f"pass mark {self.pass_mark} is not between 0 and 1")
        if self.started.utcoffset() != timedelta(0):
            raise ValueError(f"started {self.started.isoformat()} is not in UTC")
        if hashlib.sha256(bytes.fromhex(self.seed)).hexdigest() != self.seed_commitment:
            raise ValueError(f"seed {self.seed} is not what {self.seed_commitment} committed to")
        if self.wall_s < 0:
            raise ValueError(f"a grading took {self.wall_s} s")

    @property
    def is_partial(self) -> bool:
        """Whether a part of the checks was asked for alone."""
        return bool(self.only)

    @property
    def points_earned(self) -> int:
        """Points that are won for sure."""
        return sum(check.points for check in self.checks)

    @property
    def points_measurable(self) -> int:
        """Points that could be won in this run: skipped checks count, those not measured and void ones don't."""
        return sum(check.max_points for check in self.checks if check.measurable)

    @property
    def points_total(self) -> int:
        """Points that could be won on a machine with every lane."""
        return sum(check.max_points for check in self.checks)

    @property
    def passed(self) -> bool:
        """Whether every required check measurable here passed and the points reach the pass mark.

        A grade with a fault of the judge or of the author has not passed, nor has one in which nothing was measured.
        """
        return self.exit_code is ExitCode.PASSED

    @property
    def exit_code(self) -> ExitCode:
        """0 passed, 1 not passed, 2 manifest error, 3 another run may pass, 4 judge error; the graver outranks."""
        verdicts = {check.verdict for check in self.checks}
        if Verdict.JUDGE_ERROR in verdicts:
            return ExitCode.JUDGE_ERROR
        if Verdict.MANIFEST_ERROR in verdicts:
            return ExitCode.USAGE
        if self._passes_with_open(won=False):
            return ExitCode.PASSED
        if self._passes_with_open(won=True):
            return ExitCode.UNDECIDED
        return ExitCode.NOT_PASSED

    def _passes_with_open(self, won: bool) -> bool:
        """Tell whether the grade passes when all that is open is won, or lost."""
        counted = [check for check in self.checks if check.measurable]
        for check in counted:
            sure = check.verdict is Verdict.PASSED or (won and check.points_open is not None)
            if check.required and not sure:
                return False
        earned = sum(check.points + (check.points_open or 0 if won else 0) for check in counted)
        # As a decimal fraction: in binary floating point 0.07 * 100 is a hair above 7 and would fail 7 points.
        return bool(counted) and earned >= Fraction(repr(self.pass_mark)) * self.points_measurable
