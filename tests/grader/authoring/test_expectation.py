"""Tests of what solutions declare of themselves: every fault at once, with its line; every difference in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.authoring.expectation import Expectation, differences, read_expectation
from grader.verdict import CheckResult
from harness.errors import ManifestError
from harness.outcomes import Failure, Verdict
from harness.readings import Cause

PASSED = Expectation(Verdict.PASSED)
SKIPPED = Expectation(Verdict.SKIPPED)
WRONG_VALUES = Expectation(Verdict.FAILED, Cause.VALUES)

SOUND = '''\
"""Adds the wrong way round."""

# expect:
#   shapes: failed values
#   own-work: skipped

import torch
'''


def file_of(folder: Path, text: str) -> Path:
    """Write a solution."""
    path = folder / "solution.py"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(folder: Path, text: str) -> tuple[str, ...]:
    """Collect what is wrong with the block of a solution."""
    with pytest.raises(ManifestError) as caught:
        read_expectation(file_of(folder, text))
    return caught.value.faults


def a_row(check: str, verdict: Verdict, cause: Cause | None = None, lane: str = "cpu") -> CheckResult:
    """Make one row of a grade."""
    failure = Failure(cause, "element [0, 1] differs") if cause else None
    reason = None if verdict in {Verdict.PASSED, Verdict.FAILED} else "needs shapes (failed)"
    points = 1 if verdict is Verdict.PASSED else 0
    return CheckResult(check, check, verdict, points, 1, lane=lane, failure=failure, reason=reason)


def test_a_block_is_read_in_its_order(tmp_path: Path) -> None:
    found = read_expectation(file_of(tmp_path, SOUND))

    assert [("shapes", WRONG_VALUES), ("own-work", SKIPPED)] == list(found.items())


def test_a_block_in_a_file_that_is_no_python_is_read(tmp_path: Path) -> None:
    found = read_expectation(file_of(tmp_path, SOUND + "def gemm(a, b:\n"))

    assert ["shapes", "own-work"] == list(found)


def test_the_block_ends_at_the_first_line_that_is_no_comment(tmp_path: Path) -> None:
    found = read_expectation(file_of(tmp_path, "# expect:\n#   a: passed\n\n#   b: passed\n"))

    assert {"a": PASSED} == found


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    faults = faults_of(
        tmp_path,
        '"""Wrong."""\n# expect:\n#   a: pased\n#   b: failed valeus\n#   c: failed\n#   d: passed values\n'
        "#   a: passed\n# all others pass\n#   e: judge_error\n#   f:\n#   g: failed nan values\n",
    )

    assert (
        "line 3: no verdict is called 'pased'; did you mean 'passed'?",
        "line 4: no cause is called 'valeus'; did you mean 'values'?",
        f"line 5: `failed` takes one cause, not 0: {', '.join(Cause)}",
        "line 6: only `failed` has a cause; take away 'values'",
        "line 7: 'a' stands on line 3 too; once is enough",
        "line 8: must be `#   check: verdict`, with the cause after `failed`, not '# all others pass'",
        "line 9: 'judge_error' is no submission's doing and can't be expected",
        "line 10: no verdict is called ''; there are: passed, failed, undecided, not_measured, skipped",
        f"line 11: `failed` takes one cause, not 2: {', '.join(Cause)}",
    ) == faults


def test_a_misspelt_verdict_does_not_hide_a_misspelt_cause(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, "# expect:\n#   a: faild valeus\n")

    assert ["'faild'; did you mean 'failed'?", "'valeus'; did you mean 'values'?"] == [
        fault.partition(" is called ")[2] for fault in faults
    ]


def test_a_file_without_a_block_is_refused(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, '"""Wrong."""\n')

    assert ("declares no outcome: a block that starts with the line '# expect:' must follow the docstring",) == faults


@pytest.mark.parametrize("head", ["# expects:", "#expect:", "# expect", "# Expected:"])
def test_a_misspelt_head_is_recognised(tmp_path: Path, head: str) -> None:
    faults = faults_of(tmp_path, f'"""Wrong."""\n\n{head}\n#   a: passed\n')

    assert (f"line 3: {head!r} opens no block; did you mean '# expect:'?",) == faults


def test_an_empty_block_is_refused(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, "# expect:\n\n#   a: passed\n")

    assert ("line 1: the block is empty; one line a check must follow, `#   check: verdict`",) == faults


def test_a_second_block_is_refused_wherever_it_stands(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, "# expect:\n#   a: passed\n# expect:\n#   b: passed\n\n# expect:\n")

    assert (
        "line 3: a second block; the one on line 1 holds",
        "line 6: a second block; the one on line 1 holds",
    ) == faults


def test_a_missing_file_is_the_authors_fault(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="can't be read as UTF-8 text"):
        read_expectation(tmp_path / "absent.py")


@pytest.mark.parametrize(
    ("verdict", "cause"),
    [(Verdict.FAILED, None), (Verdict.PASSED, Cause.VALUES), (Verdict.JUDGE_ERROR, None)],
)
def test_an_expectation_that_contradicts_itself_cannot_be_built(verdict: Verdict, cause: Cause | None) -> None:
    with pytest.raises(ValueError, match=r"contradict|may be expected"):
        Expectation(verdict, cause)


def test_an_expectation_is_written_as_it_is_declared() -> None:
    assert "failed values" == str(WRONG_VALUES)
    assert "skipped" == str(SKIPPED)


def test_a_grade_as_declared_has_no_differences() -> None:
    rows = [a_row("a", Verdict.FAILED, Cause.VALUES), a_row("b", Verdict.SKIPPED), a_row("c", Verdict.PASSED)]

    assert [] == differences({"a": WRONG_VALUES, "b": SKIPPED, "c": PASSED}, rows)


def test_another_verdict_another_cause_and_an_undeclared_check_are_told() -> None:
    rows = [a_row("a", Verdict.FAILED, Cause.NAN), a_row("b", Verdict.SKIPPED), a_row("c", Verdict.PASSED)]

    assert [
        "a: expected failed values, got failed nan (element [0, 1] differs)",
        "b: expected passed, got skipped (needs shapes (failed))",
        "c: is not declared; it ended as passed",
    ] == differences({"a": WRONG_VALUES, "b": PASSED}, rows)


def test_a_declared_check_that_is_not_there_is_told_with_a_guess() -> None:
    assert ["shaeps: is declared, but no check of the CPU lane is called so; did you mean 'shapes'?"] == differences(
        {"shapes": PASSED, "shaeps": PASSED}, [a_row("shapes", Verdict.PASSED)]
    )


def test_checks_of_another_lane_need_no_declaration() -> None:
    rows = [a_row("a", Verdict.PASSED), a_row("gpu", Verdict.NOT_MEASURED, lane="cuda")]

    assert [] == differences({"a": PASSED}, rows)


def test_checks_out_of_the_manifests_order_are_told() -> None:
    rows = [a_row("a", Verdict.PASSED), a_row("b", Verdict.PASSED)]

    assert ["the checks are declared out of the manifest's order: a, b"] == differences(
        {"b": PASSED, "a": PASSED}, rows
    )
