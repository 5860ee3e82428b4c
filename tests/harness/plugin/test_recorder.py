"""Tests of how the ends of hidden tests become outcomes: verdict, reason, failure, readings and evidence."""

from __future__ import annotations

import itertools

import pytest

from harness.errors import JudgeError, ManifestError, NotMeasured, SandboxError, SubmissionFault, Undecided
from harness.findings import MOST_FINDINGS, Column, Finding
from harness.outcomes import CheckOutcome, Failure, Verdict
from harness.plan import CheckPlan
from harness.plugin.recorder import Recorder
from harness.readings import Cause, Reading, Witness

SEED = "a1b2"
WRONG, SLOW = Failure(Cause.VALUES, "wrong"), Failure(Cause.TOO_SLOW, "slow", seed="own")
EXACT = CheckPlan("exact")
SPEED = CheckPlan("speed", needs=("exact",), metric="speedup", tiers=(2.0, 4.0))
SUMMIT = CheckPlan("summit", needs=("speed",))
GPU = CheckPlan("gpu", lane="cuda")


def recorder(*checks: CheckPlan) -> Recorder:
    return Recorder(checks or (EXACT,), frozenset({"cpu"}), SEED)


def outcome(made: Recorder, check: str = "exact") -> CheckOutcome:
    return {one.check: one for one in made.outcomes()}[check]


def speedup(low: float | None, value: float = 3.0) -> Reading:
    return Reading("speedup", value, "x", Witness.JUDGE, low, None if low is None else 9.0)


@pytest.mark.parametrize(
    ("error", "verdict", "words"),
    [
        (None, Verdict.PASSED, None),
        (NotMeasured("needs a sandbox"), Verdict.NOT_MEASURED, "needs a sandbox"),
        (Undecided("only 3 samples"), Verdict.UNDECIDED, "only 3 samples"),
        (JudgeError("no clock"), Verdict.JUDGE_ERROR, "no clock"),
        (SandboxError("no bwrap"), Verdict.JUDGE_ERROR, "no bwrap"),
        (ManifestError("yaml", ("no id",)), Verdict.MANIFEST_ERROR, "yaml: 1 fault(s)\n  - no id"),
        (KeyError("rows"), Verdict.MANIFEST_ERROR, "a hidden test raised KeyError: 'rows'"),
        (pytest.fail.Exception("no"), Verdict.MANIFEST_ERROR, "a hidden test raised Failed: no"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_every_end_of_a_test_has_its_verdict(error: BaseException | None, verdict: Verdict, words: str | None) -> None:
    made = recorder()
    made.end("exact", error, 0.5)

    assert CheckOutcome("exact", verdict, words, wall_s=0.5) == outcome(made)


def test_a_fault_of_a_submission_is_told_with_the_seed_that_reproduces_it() -> None:
    made = recorder()
    made.end("exact", SubmissionFault(WRONG), 0.5)

    assert CheckOutcome(
        "exact", Verdict.FAILED, None, Failure(Cause.VALUES, "wrong", seed=SEED), wall_s=0.5
    ) == outcome(made)


def test_a_fault_with_a_seed_of_its_own_keeps_it() -> None:
    made = recorder()
    made.end("exact", SubmissionFault(SLOW), 0.5)

    assert SLOW == outcome(made).failure


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (AssertionError("rows differ\nassert 3 == 4"), "rows differ"),
        (AssertionError("two lines\nof words\nassert (3 == 4)\n +  where"), "two lines\nof words"),
        (AssertionError(), "a property that must hold does not"),
    ],
)
def test_an_assertion_is_a_wrong_value_told_in_the_authors_words(error: AssertionError, message: str) -> None:
    made = recorder()
    made.end("exact", error, 0.5)

    assert Failure(Cause.VALUES, message, seed=SEED) == outcome(made).failure


ENDS = {
    Verdict.PASSED: None,
    Verdict.NOT_MEASURED: NotMeasured("n"),
    Verdict.UNDECIDED: Undecided("u"),
    Verdict.FAILED: SubmissionFault(WRONG),
    Verdict.MANIFEST_ERROR: ManifestError("m", ("f",)),
    Verdict.JUDGE_ERROR: JudgeError("j"),
}


@pytest.mark.parametrize(("mild", "grave"), list(itertools.combinations(ENDS, 2)))
@pytest.mark.parametrize("in_order", [True, False])
def test_the_gravest_end_of_several_tests_is_the_verdict(mild: Verdict, grave: Verdict, in_order: bool) -> None:
    made = recorder()
    for verdict in (mild, grave) if in_order else (grave, mild):
        made.end("exact", ENDS[verdict], 0.25)

    assert grave == outcome(made).verdict
    assert 0.5 == outcome(made).wall_s


def test_the_first_failure_is_the_one_that_is_told() -> None:
    made = recorder()
    for failure in (SLOW, WRONG):
        made.end("exact", SubmissionFault(failure), 0.5)

    assert SLOW == outcome(made).failure


def test_a_check_that_no_test_speaks_for_is_the_authors_fault() -> None:
    found = outcome(recorder())

    assert (Verdict.MANIFEST_ERROR, "no hidden test is marked with check 'exact'") == (found.verdict, found.reason)


def test_outcomes_keep_the_order_of_the_plan() -> None:
    assert ["speed", "gpu", "exact"] == [one.check for one in recorder(SPEED, GPU, EXACT).outcomes()]


def test_readings_and_evidence_stay_with_their_check() -> None:
    made, reading = recorder(EXACT, GPU), speedup(1.0)
    made.add("exact", reading)
    made.rest_on("exact", Witness.GUEST)
    made.end("exact", None, 0.5)

    assert ((reading,), Witness.GUEST) == (outcome(made).readings, outcome(made).evidence)
    assert ((), Witness.JUDGE) == (outcome(made, "gpu").readings, outcome(made, "gpu").evidence)


def test_a_lane_that_this_machine_lacks_is_not_measured() -> None:
    made = recorder(GPU)
    reason = made.reason_to_pass_over("gpu")
    found = outcome(made, "gpu")

    assert "needs a machine with cuda" == reason
    assert (Verdict.NOT_MEASURED, reason) == (found.verdict, found.reason)


@pytest.mark.parametrize("verdict", [verdict for verdict in ENDS if verdict is not Verdict.PASSED])
def test_a_check_that_needs_one_that_did_not_pass_is_skipped(verdict: Verdict) -> None:
    made = recorder(EXACT, SPEED)
    made.end("exact", ENDS[verdict], 0.5)
    reason = made.reason_to_pass_over("speed")
    found = outcome(made, "speed")

    assert "needs exact, which did not pass" == reason
    assert (Verdict.SKIPPED, reason) == (found.verdict, found.reason)


def test_a_check_whose_needs_passed_is_run() -> None:
    made = recorder(EXACT, SPEED)
    made.end("exact", None, 0.5)

    assert made.reason_to_pass_over("speed") is None


@pytest.mark.parametrize(
    ("readings", "is_reached"),
    [
        ([speedup(2.0)], True),
        ([speedup(1.9)], False),
        ([speedup(2.5), speedup(1.9)], False),
        ([speedup(None)], False),
        ([Reading("control", 9.0, "x", Witness.JUDGE, 9.0, 9.0)], False),
        ([], False),
    ],
    ids=["reached", "straddled", "one of two", "no interval", "another reading", "nothing"],
)
def test_a_check_with_tiers_stands_once_its_lowest_one_is_surely_reached(
    readings: list[Reading], is_reached: bool
) -> None:
    made = recorder(EXACT, SPEED, SUMMIT)
    made.end("exact", None, 0.5)
    for reading in readings:
        made.add("speed", reading)
    made.end("speed", None, 0.5)

    assert is_reached == (made.reason_to_pass_over("summit") is None)


@pytest.mark.parametrize(
    ("error", "words"), [(SubmissionFault(WRONG), "exact is settled: failed"), (Undecided("u"), "u")]
)
def test_further_tests_of_a_settled_check_are_passed_over(error: Exception, words: str) -> None:
    made = recorder()
    before = made.reason_to_pass_over("exact")
    made.end("exact", None, 0.5)
    passed = made.reason_to_pass_over("exact")
    made.end("exact", error, 0.5)

    assert (None, None) == (before, passed)
    assert words == made.reason_to_pass_over("exact")


def test_only_checks_of_the_plan_are_known() -> None:
    made = recorder(EXACT)

    assert (True, False) == (made.knows("exact"), made.knows("speed"))
    assert EXACT == made.plan("exact")


def finding(name: str, cell: int = 0) -> Finding:
    return Finding(name, "a table", (Column("n", "count"),), ((cell,),), Witness.JUDGE)


def test_a_finding_takes_the_place_of_an_earlier_one_of_its_name() -> None:
    made = recorder()
    made.end("exact", None, 0.5)
    for one in (finding("a"), finding("b"), finding("a", 1)):
        made.find("exact", one)

    assert (finding("b"), finding("a", 1)) == outcome(made).findings


def test_more_findings_than_a_report_can_show_are_the_authors_fault() -> None:
    made = recorder()
    for number in range(MOST_FINDINGS):
        made.find("exact", finding(f"f{number}"))

    with pytest.raises(ValueError, match="more than 16 findings"):
        made.find("exact", finding("one_too_many"))
