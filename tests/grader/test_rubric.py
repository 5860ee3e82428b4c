"""Tests of the rubric: points fall by the interval, only on evidence that counts, and fail closed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.manifest.schema import Manifest
from grader.rubric import needed_checks, score
from grader.verdict import CheckResult
from harness.errors import JudgeError
from harness.outcomes import CheckOutcome, Failure, Verdict
from harness.readings import Cause, Reading, Witness

TIERS: list[dict[str, Any]] = [
    {"reach": 1.0, "points": 0, "name": "loops"},
    {"reach": 2.0, "points": 1, "name": "rows"},
    {"reach": 4.0, "points": 3, "name": "tiles"},
]


def a_manifest(*checks: dict[str, Any]) -> Manifest:
    """Make a manifest around some checks."""
    return Manifest.model_validate(
        {
            "format": 1,
            "id": "double",
            "title": "Twice",
            "summary": "Twice.",
            "entry": {"file": "double.py", "function": "double"},
            "pass_mark": 0.5,
            "checks": [{"title": "a check", **check} for check in checks],
        }
    )


RACE = a_manifest({"id": "speedup", "threshold": {"metric": "speedup", "tiers": TIERS}})
TWO = a_manifest(
    {"id": "speedup", "needs": ["exact"], "threshold": {"metric": "speedup", "tiers": TIERS}},
    {"id": "exact", "points": 2, "required": True},
)


def raced(low: float, value: float, high: float, **more: Any) -> CheckOutcome:
    """Make the outcome of a race."""
    reading = Reading("speedup", value, "x", more.pop("witness", Witness.JUDGE), low, high)
    return CheckOutcome("speedup", more.pop("verdict", Verdict.PASSED), readings=(reading,), **more)


def only_row(outcome: CheckOutcome, manifest: Manifest = RACE) -> CheckResult:
    """Score a manifest of one check."""
    (row,) = score(manifest, [outcome])
    return row


@pytest.mark.parametrize(
    ("interval", "verdict", "points", "points_open", "reached", "upcoming"),
    [
        ((0.2, 0.5, 0.9), Verdict.FAILED, 0, None, None, "loops"),
        ((0.9, 1.0, 1.1), Verdict.FAILED, 0, None, None, "loops"),
        ((1.0, 1.5, 1.99), Verdict.FAILED, 0, None, "loops", "rows"),
        ((1.5, 1.9, 2.0), Verdict.UNDECIDED, 0, 1, "loops", "rows"),
        ((2.0, 2.0, 2.0), Verdict.PASSED, 1, None, "rows", "tiles"),
        ((2.1, 3.0, 3.9), Verdict.PASSED, 1, None, "rows", "tiles"),
        ((3.9, 4.0, 4.1), Verdict.UNDECIDED, 1, 2, "rows", "tiles"),
        ((0.5, 3.0, 9.0), Verdict.UNDECIDED, 0, 3, None, "loops"),
        ((4.0, 4.5, 5.0), Verdict.PASSED, 3, None, "tiles", None),
    ],
)
def test_a_tier_counts_when_the_whole_interval_lies_above_it(
    interval: tuple[float, float, float],
    verdict: Verdict,
    points: int,
    points_open: int | None,
    reached: str | None,
    upcoming: str | None,
) -> None:
    row = only_row(raced(*interval))

    assert (verdict, points, points_open) == (row.verdict, row.points, row.points_open)
    assert reached == (row.tier_reached.name if row.tier_reached else None)
    assert upcoming == (row.next_tier.name if row.next_tier else None)


@given(st.lists(st.floats(0.1, 10.0), min_size=3, max_size=3))
def test_points_never_exceed_what_the_low_end_earns(ends: list[float]) -> None:
    low, value, high = sorted(ends)
    row = only_row(raced(low, value, high))

    expected = max([0, *(tier["points"] for tier in TIERS if tier["reach"] <= low)])
    assert expected == row.points


def test_a_failure_for_speed_names_figure_interval_and_both_tiers() -> None:
    failure = only_row(raced(1.01, 1.03, 1.05)).failure

    assert failure is not None
    assert Cause.TOO_SLOW is failure.cause
    assert (
        "speedup 1.03 x (95 % interval 1.01 to 1.05): you are at 'loops' (1); points begin at 'rows' (2)"
        == failure.message
    )
    assert ("at least 2 x", "1.03 x") == (failure.expected, failure.actual)


def test_a_threshold_can_name_memory_as_the_cause() -> None:
    threshold = {"metric": "saving", "tiers": TIERS, "cause": "too_much_memory"}
    manifest = a_manifest({"id": "memory", "threshold": threshold})
    reading = Reading("saving", 1.0, "x", Witness.JUDGE, 1.0, 1.0)
    row = only_row(CheckOutcome("memory", Verdict.PASSED, readings=(reading,)), manifest)

    assert row.failure is not None
    assert Cause.TOO_MUCH_MEMORY is row.failure.cause


def test_a_check_with_several_races_stands_with_the_worst_of_them() -> None:
    readings = tuple(
        Reading("speedup", value, "x", Witness.JUDGE, value - 0.1, value + 0.1) for value in (5.0, 2.5, 4.5)
    )
    row = only_row(CheckOutcome("speedup", Verdict.PASSED, readings=readings))

    assert (Verdict.PASSED, 1) == (row.verdict, row.points)


def test_an_outcome_that_failed_keeps_its_own_cause_whatever_was_measured() -> None:
    failure = Failure(Cause.INTEGRITY, "clocks disagree")
    row = only_row(raced(5.0, 5.0, 5.0, verdict=Verdict.FAILED, failure=failure))

    assert (Verdict.FAILED, 0, failure) == (row.verdict, row.points, row.failure)


def test_a_noisy_machine_earns_nothing_and_leaves_everything_open() -> None:
    row = only_row(raced(5.0, 5.0, 5.0, verdict=Verdict.UNDECIDED, reason="too noisy"))

    assert (Verdict.UNDECIDED, 0, 3, "too noisy") == (row.verdict, row.points, row.points_open, row.reason)


def test_a_check_without_an_outcome_is_a_judge_error() -> None:
    (row,) = score(RACE, [])

    assert Verdict.JUDGE_ERROR is row.verdict


def test_tiers_without_their_reading_are_the_authors_fault() -> None:
    row = only_row(CheckOutcome("speedup", Verdict.PASSED))

    assert Verdict.MANIFEST_ERROR is row.verdict
    assert "'speedup'" in str(row.reason)


def test_tiers_on_a_reading_without_an_interval_are_the_authors_fault() -> None:
    bare = Reading("speedup", 9.0, "x", Witness.JUDGE)
    row = only_row(CheckOutcome("speedup", Verdict.PASSED, readings=(bare,)))

    assert Verdict.MANIFEST_ERROR is row.verdict


def test_a_speed_up_that_the_guest_tells_of_itself_earns_nothing() -> None:
    row = only_row(raced(5.0, 5.0, 5.0, witness=Witness.GUEST))

    assert (Verdict.NOT_MEASURED, 0) == (row.verdict, row.points)


@pytest.mark.parametrize(
    ("accepted", "seen", "expected"),
    [
        ("judge", Witness.GUEST, Verdict.NOT_MEASURED),
        ("guest", Witness.GUEST, Verdict.PASSED),
        ("guest", Witness.JUDGE, Verdict.PASSED),
        ("guest", Witness.STATIC, Verdict.NOT_MEASURED),
        ("static", Witness.STATIC, Verdict.PASSED),
    ],
)
def test_a_check_takes_the_word_of_its_witness_or_of_a_stronger_one(
    accepted: str, seen: Witness, expected: Verdict
) -> None:
    manifest = a_manifest({"id": "breaks", "points": 1, "evidence": accepted})
    row = only_row(CheckOutcome("breaks", Verdict.PASSED, evidence=seen), manifest)

    assert expected is row.verdict


@pytest.mark.parametrize(
    ("exact", "expected", "points_open"),
    [
        (CheckOutcome("exact", Verdict.PASSED), Verdict.PASSED, None),
        (CheckOutcome("exact", Verdict.FAILED, failure=Failure(Cause.NAN, "nan")), Verdict.SKIPPED, None),
        (CheckOutcome("exact", Verdict.UNDECIDED, reason="noise"), Verdict.SKIPPED, 3),
        (CheckOutcome("exact", Verdict.NOT_MEASURED, reason="no lane"), Verdict.NOT_MEASURED, None),
        (CheckOutcome("exact", Verdict.JUDGE_ERROR, reason="ours"), Verdict.SKIPPED, None),
    ],
)
def test_a_check_earns_nothing_unless_what_it_needs_has_passed(
    exact: CheckOutcome, expected: Verdict, points_open: int | None
) -> None:
    row = score(TWO, [raced(5.0, 5.0, 5.0), exact])[0]

    assert (expected, points_open) == (row.verdict, row.points_open)


def test_a_needed_check_that_only_the_rubric_fails_holds_back_the_next() -> None:
    manifest = a_manifest(
        {"id": "speedup", "threshold": {"metric": "speedup", "tiers": TIERS}},
        {"id": "encore", "points": 1, "needs": ["speedup"]},
    )
    rows = score(manifest, [raced(1.0, 1.0, 1.0), CheckOutcome("encore", Verdict.PASSED)])

    assert [Verdict.FAILED, Verdict.SKIPPED] == [row.verdict for row in rows]
    assert "needs speedup (failed)" == rows[1].reason


def test_a_needed_check_that_is_undecided_above_its_first_points_holds_nothing_back() -> None:
    manifest = a_manifest(
        {"id": "speedup", "threshold": {"metric": "speedup", "tiers": TIERS}},
        {"id": "encore", "points": 1, "needs": ["speedup"]},
    )
    encore = CheckOutcome("encore", Verdict.PASSED)
    above = score(manifest, [raced(3.9, 4.0, 4.1), encore])
    below = score(manifest, [raced(1.9, 2.0, 2.1), encore])

    assert [Verdict.UNDECIDED, Verdict.PASSED] == [row.verdict for row in above]
    assert [Verdict.UNDECIDED, Verdict.SKIPPED] == [row.verdict for row in below]


def test_a_failure_is_told_even_where_a_needed_check_failed_too() -> None:
    failure = Failure(Cause.CRASHED, "SIGSEGV")
    outcomes = [
        raced(1.0, 1.0, 1.0, verdict=Verdict.FAILED, failure=failure),
        CheckOutcome("exact", Verdict.FAILED, failure=failure),
    ]

    assert [Verdict.FAILED, Verdict.FAILED] == [row.verdict for row in score(TWO, outcomes)]


def test_checks_that_were_not_asked_for_are_not_measured() -> None:
    rows = score(TWO, [CheckOutcome("exact", Verdict.PASSED)], only=frozenset({"exact"}))

    assert [Verdict.NOT_MEASURED, Verdict.PASSED] == [row.verdict for row in rows]
    assert "left out of this run by --only" == rows[0].reason


def test_what_is_asked_for_brings_what_it_needs() -> None:
    assert frozenset({"speedup", "exact"}) == needed_checks(TWO, ["speedup"])
    assert frozenset() == needed_checks(TWO, [])


@pytest.mark.parametrize(
    "outcomes",
    [
        [CheckOutcome("stranger", Verdict.PASSED)],
        [CheckOutcome("exact", Verdict.PASSED), CheckOutcome("exact", Verdict.PASSED)],
    ],
)
def test_outcomes_that_do_not_fit_the_manifest_stop_the_judge(outcomes: list[CheckOutcome]) -> None:
    with pytest.raises(JudgeError):
        score(TWO, outcomes)


def test_a_check_is_not_open_when_one_of_its_needs_is_lost_for_good() -> None:
    manifest = a_manifest(
        {"id": "lost", "points": 1}, {"id": "open", "points": 1}, {"id": "last", "points": 1, "needs": ["lost", "open"]}
    )
    outcomes = [
        CheckOutcome("lost", Verdict.FAILED, failure=Failure(Cause.NAN, "nan")),
        CheckOutcome("open", Verdict.UNDECIDED, reason="noise"),
        CheckOutcome("last", Verdict.PASSED),
    ]
    last = score(manifest, outcomes)[2]

    assert (Verdict.SKIPPED, None) == (last.verdict, last.points_open)
    assert "needs lost (failed), open (undecided)" == last.reason


@pytest.mark.parametrize(("cause", "shown"), [(Cause.VALUES, True), (Cause.SYNTAX, False), (Cause.CRASHED, False)])
def test_a_hint_is_given_where_the_failure_is_about_the_task(cause: Cause, shown: bool) -> None:
    manifest = a_manifest({"id": "exact", "points": 2, "hint": "Twice is a sum."})
    row = only_row(CheckOutcome("exact", Verdict.FAILED, failure=Failure(cause, "no")), manifest)

    assert shown == (row.hint is not None)


def test_hints_in_steps_are_pointed_at_and_not_given_away() -> None:
    manifest = a_manifest({"id": "exact", "points": 2, "hints": ["near", "nearer"]})
    row = only_row(CheckOutcome("exact", Verdict.FAILED, failure=Failure(Cause.VALUES, "no")), manifest)

    assert f"`grade hint {manifest.id} exact` tells one more each time, 2 in all." == row.hint
