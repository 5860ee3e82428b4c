"""Tests of the neck of the hourglass: which grades can be built, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.verdict import CheckResult, ExitCode, Grade, Tier
from harness.outcomes import Failure, Verdict
from harness.readings import Cause

FAILURE = Failure(Cause.VALUES, "differs")


def row(name: str, verdict: Verdict, points: int = 0, most: int = 2, **more: object) -> CheckResult:
    """Make a row with what its verdict asks for."""
    words: dict[str, object] = {"failure": FAILURE} if verdict is Verdict.FAILED else {}
    if verdict not in {Verdict.FAILED, Verdict.PASSED}:
        words["reason"] = "because"
    if verdict is Verdict.UNDECIDED:
        words["points_open"] = most - points
    return CheckResult(name, name, verdict, points, most, **{**words, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "broken",
    [
        {"points": 3},
        {"points": -1},
        {"points": 1},
        {"failure": FAILURE},
        {"points_open": 0},
        {"wall_s": -0.5},
        {"tier_reached": Tier("rows", 2.0, 1)},
        {"verdict": Verdict.FAILED, "points": 0},
        {"verdict": Verdict.FAILED, "failure": FAILURE},
        {"verdict": Verdict.SKIPPED, "points": 0},
        {"verdict": Verdict.SKIPPED, "reason": "why"},
        {"verdict": Verdict.NOT_MEASURED, "points": 0, "reason": "why", "points_open": 2},
        {"verdict": Verdict.UNDECIDED, "points": 0, "reason": "why"},
        {"verdict": Verdict.UNDECIDED, "points": 1, "reason": "why", "points_open": 2},
    ],
)
def test_a_row_that_contradicts_itself_cannot_be_built(broken: dict[str, object]) -> None:
    sound = row("exact", Verdict.PASSED, points=2)

    with pytest.raises(ValueError, match="check 'exact'"):
        replace(sound, **broken)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "broken",
    [
        {"checks": ()},
        {"pass_mark": 1.5},
        {"started": datetime(2026, 11, 25)},
        {"started": datetime(2026, 11, 25, tzinfo=timezone(timedelta(hours=1)))},
        {"seed": "00" * 32},
        {"only": ("stranger",)},
        {"wall_s": -1.0},
    ],
)
def test_a_grade_that_cannot_be_true_cannot_be_built(passed_grade: Grade, broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        replace(passed_grade, **broken)  # type: ignore[arg-type]


def test_two_rows_of_one_check_cannot_be_built(passed_grade: Grade) -> None:
    with pytest.raises(ValueError, match="one row a check"):
        replace(passed_grade, checks=passed_grade.checks + passed_grade.checks[:1])


def test_skipped_points_are_measurable_and_unmeasured_ones_are_not(failed_grade: Grade) -> None:
    assert 0 == failed_grade.points_earned
    assert 5 == failed_grade.points_measurable
    assert 10 == failed_grade.points_total


@pytest.mark.parametrize(
    ("checks", "pass_mark", "expected"),
    [
        ([row("a", Verdict.PASSED, 2)], 1.0, ExitCode.PASSED),
        ([row("a", Verdict.PASSED, 2), row("b", Verdict.FAILED)], 0.5, ExitCode.PASSED),
        ([row("a", Verdict.PASSED, 2), row("b", Verdict.FAILED)], 0.51, ExitCode.NOT_PASSED),
        ([row("a", Verdict.PASSED, 2), row("b", Verdict.FAILED, required=True)], 0.5, ExitCode.NOT_PASSED),
        ([row("a", Verdict.PASSED, 2), row("b", Verdict.SKIPPED, required=True)], 0.5, ExitCode.NOT_PASSED),
        ([row("a", Verdict.PASSED, 2), row("b", Verdict.NOT_MEASURED, required=True)], 1.0, ExitCode.PASSED),
        ([row("a", Verdict.NOT_MEASURED)], 0.0, ExitCode.NOT_PASSED),
        ([row("a", Verdict.PASSED, 2), row("b", Verdict.UNDECIDED, 1)], 0.75, ExitCode.PASSED),
        ([row("a", Verdict.PASSED, 2), row("b", Verdict.UNDECIDED, 1)], 0.8, ExitCode.UNDECIDED),
        ([row("a", Verdict.PASSED, 2), row("b", Verdict.UNDECIDED, required=True)], 0.5, ExitCode.UNDECIDED),
        ([row("a", Verdict.FAILED), row("b", Verdict.UNDECIDED)], 0.8, ExitCode.NOT_PASSED),
        ([row("a", Verdict.FAILED, required=True), row("b", Verdict.UNDECIDED)], 0.5, ExitCode.NOT_PASSED),
        (
            [row("a", Verdict.UNDECIDED), row("b", Verdict.SKIPPED, required=True, points_open=2)],
            1.0,
            ExitCode.UNDECIDED,
        ),
        ([row("a", Verdict.PASSED, 2), row("b", Verdict.JUDGE_ERROR)], 0.5, ExitCode.JUDGE_ERROR),
        ([row("a", Verdict.PASSED, 2), row("b", Verdict.MANIFEST_ERROR)], 0.5, ExitCode.USAGE),
        ([row("a", Verdict.JUDGE_ERROR), row("b", Verdict.MANIFEST_ERROR)], 0.5, ExitCode.JUDGE_ERROR),
    ],
)
def test_the_exit_code_follows_from_the_rows(
    make_grade: Callable[..., Grade], checks: list[CheckResult], pass_mark: float, expected: ExitCode
) -> None:
    grade = make_grade(*checks, pass_mark=pass_mark)

    assert expected == grade.exit_code
    assert (expected is ExitCode.PASSED) == grade.passed


@given(st.integers(1, 200), st.data())
def test_a_pass_mark_is_met_to_the_digit(total: int, data: st.DataObject) -> None:
    earned = data.draw(st.integers(1, total))
    hundredths = data.draw(st.integers(0, 100))
    checks = [CheckResult("a", "a", Verdict.PASSED, earned, total, metric="speedup")]
    grade = _bare(checks, hundredths / 100)

    assert (100 * earned >= hundredths * total) == grade.passed


def test_a_pass_mark_that_binary_fractions_miss_is_met() -> None:
    checks = [CheckResult("a", "a", Verdict.PASSED, 7, 100, metric="speedup")]

    assert 7 < 0.07 * 100
    assert _bare(checks, 0.07).passed


def _bare(checks: list[CheckResult], pass_mark: float) -> Grade:
    """Make a grade without a fixture, which hypothesis would not renew for each example."""
    from harness.device import Machine

    machine = Machine("cpu", 1, (), None, None, None, "3.11", frozenset({"cpu"}))
    commitment = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
    return Grade(
        challenge="x",
        challenge_format=1,
        challenge_digest="c",
        title="x",
        pass_mark=pass_mark,
        submission_sha256="a",
        submission_files=("x.py",),
        machine=machine,
        isolation="process",
        isolation_note="none here",
        freezer="signals",
        seed_commitment=commitment,
        seed="00" * 32,
        started=datetime(2026, 11, 25, tzinfo=UTC),
        wall_s=1.0,
        spans=(),
        checks=tuple(checks),
    )
