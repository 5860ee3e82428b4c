"""Tests of the judge with a harness that finds what it is told to: the plan it makes and the grade it gives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.challenge import Challenge, load_challenge
from grader.judge import Options, Surroundings, WallClock, grade
from grader.submission import Submission
from grader.verdict import Grade
from harness.device import Machine
from harness.errors import SandboxError, UsageError
from harness.outcomes import CheckOutcome, Verdict
from harness.plan import Findings, GradingPlan, Limits, Span
from harness.readings import Reading, Witness

SEED = bytes(range(32))
MACHINE = Machine("Example CPU", 2, (), None, "2.13.0+cpu", "3.7.1", "3.11.9", frozenset({"cpu"}))


@dataclass
class FakeClock:
    """A clock that moves 2.5 s each time that it is asked."""

    time_s: float = 100.0

    def now(self) -> datetime:
        """Tell always the same noon."""
        return datetime(2026, 11, 25, 12, tzinfo=UTC)

    def monotonic_s(self) -> float:
        """Tell the time and move on."""
        self.time_s += 2.5
        return self.time_s


@dataclass
class FakeHarness:
    """A harness that keeps the plans that it gets, and finds every check of the CPU passed."""

    plans: list[GradingPlan] = field(default_factory=list)

    def __call__(self, plan: GradingPlan, progress: Callable[[str], None]) -> Findings:
        """Find what a full run finds on a machine without a GPU."""
        self.plans.append(plan)
        progress("running")
        race = Reading("speedup", 2.4, "x", Witness.JUDGE, 2.3, 2.5)
        known = {
            "exact": CheckOutcome("exact", Verdict.PASSED),
            "speedup": CheckOutcome("speedup", Verdict.PASSED, readings=(race,)),
            "gpu": CheckOutcome("gpu", Verdict.NOT_MEASURED, reason="no lane cuda here"),
        }
        outcomes = tuple(known[check.id] for check in plan.checks)
        return Findings(outcomes, "process", "bubblewrap is not installed", "signals", (Span("start guests", 1.0),))


@pytest.fixture
def challenge(challenge_folder: Path) -> Challenge:
    """Give a challenge."""
    return load_challenge(challenge_folder)


@dataclass
class Court:
    """A judge with a fake of everything around it."""

    challenge: Challenge
    harness: FakeHarness = field(default_factory=FakeHarness)
    told: list[str] = field(default_factory=list)

    def judge(self, options: Options) -> Grade:
        """Judge a submission that nobody reads."""
        submission = Submission(Path("/nowhere"), ("double.py",), "a" * 64)
        surroundings = Surroundings(FakeClock(), lambda: MACHINE, self.told.append)
        return grade(self.challenge, submission, options, self.harness, surroundings)


@pytest.fixture
def court(challenge: Challenge) -> Court:
    """Give a judge with a fake of everything around it."""
    return Court(challenge)


def test_a_grade_holds_what_was_found(court: Court) -> None:
    result = court.judge(Options(seed=SEED))

    assert [2, 1, 0] == [check.points for check in result.checks]
    assert result.passed
    assert ("process", "bubblewrap is not installed", "signals") == (
        result.isolation,
        result.isolation_note,
        result.freezer,
    )
    assert 2.5 == result.wall_s
    assert court.challenge.digest == result.challenge_digest
    assert (Span("start guests", 1.0),) == result.spans


def test_the_plan_says_all_that_the_harness_must_know(court: Court) -> None:
    court.judge(Options(seed=SEED, sandbox="require", trust_submission=False))
    (plan,) = court.harness.plans

    assert court.challenge.hidden_tests == plan.hidden_tests
    assert ("double.py", "double") == (plan.entry_file, plan.function)
    assert ["exact", "speedup", "gpu"] == [check.id for check in plan.checks]
    assert Limits(wall_s=60, load_s=20, call_s=5) == plan.limits
    assert (SEED, frozenset({"cpu"})) == (plan.seed, plan.lanes)
    assert ("require", False, ()) == (plan.sandbox, plan.trust_submission, plan.only)


def test_the_seed_is_committed_to_before_the_run_and_told_after_it(court: Court) -> None:
    result = court.judge(Options())

    assert [f"seed commitment {result.seed_commitment}", "running"] == court.told
    assert result.seed == court.harness.plans[0].seed.hex()
    assert result.seed_commitment == hashlib.sha256(bytes.fromhex(result.seed)).hexdigest()


def test_every_run_has_a_seed_of_its_own(court: Court) -> None:
    seeds = {court.judge(Options()).seed for _ in range(3)}

    assert 3 == len(seeds)


def test_a_check_that_is_asked_for_brings_what_it_needs_and_nothing_else(court: Court) -> None:
    result = court.judge(Options(seed=SEED, only=("speedup",)))

    assert ("exact", "speedup") == court.harness.plans[0].only
    assert ["exact", "speedup"] == [check.id for check in court.harness.plans[0].checks]
    assert "left out of this run by --only" == result.checks[2].reason


def test_a_check_that_does_not_exist_is_refused_before_anything_runs(court: Court) -> None:
    with pytest.raises(UsageError, match="did you mean 'exact'"):
        court.judge(Options(only=("exat",)))
    assert [] == court.harness.plans


def test_a_grade_of_some_checks_says_that_it_is_a_part(court: Court) -> None:
    assert ("speedup",) == court.judge(Options(seed=SEED, only=("speed",))).only
    assert not court.judge(Options(seed=SEED)).is_partial


def test_a_lane_that_is_insisted_on_and_missing_is_refused_before_anything_runs(court: Court) -> None:
    with pytest.raises(UsageError, match=r"--require cuda: this machine has only cpu"):
        court.judge(Options(require=("cuda",)))
    assert [] == court.harness.plans


def test_isolation_that_is_not_to_be_had_is_not_swallowed(court: Court) -> None:
    def refuse(plan: GradingPlan, progress: Callable[[str], None]) -> Findings:
        raise SandboxError("bubblewrap is not installed: apt install bubblewrap")

    court.harness = refuse  # type: ignore[assignment]

    with pytest.raises(SandboxError, match="apt install"):
        court.judge(Options())


def test_the_clock_of_the_machine_tells_utc_and_never_goes_back() -> None:
    clock = WallClock()

    assert UTC is clock.now().tzinfo
    assert clock.monotonic_s() <= clock.monotonic_s()
