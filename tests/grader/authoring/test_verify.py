"""Tests of `grade verify` with grades that are told instead of measured: every way a solution can break its word."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.authoring.solutions import Solution, find_solutions, is_timed, solutions_of
from grader.authoring.verify import Status, Verified, exit_code, verify_one
from grader.challenge import Challenge, load_challenge
from grader.cli.main import main
from grader.verdict import CheckResult, ExitCode, Grade, Tier
from harness.errors import JudgeError, ManifestError, UsageError
from harness.outcomes import Verdict

ALL_PASSED = "# expect:\n#   exact: passed\n#   speedup: passed\n"
TOP = Tier("tiles", 4.0, 3)


@pytest.fixture
def solutions(challenge_folder: Path) -> Path:
    """Give a folder of solutions: a right one, a wrong one and a cheat."""
    root = challenge_folder.parent.parent / "solutions"
    for place, text in (
        ("full_marks/double.py", ALL_PASSED),
        ("wrong_answer/same.py", "# expect:\n#   exact: failed values\n#   speedup: skipped\n"),
        ("cheats/sneaky.py", ALL_PASSED),
    ):
        path = root / "double" / place
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def challenge(challenge_folder: Path) -> Challenge:
    return load_challenge(challenge_folder)


@pytest.fixture
def full_grade(passed_grade: Grade) -> Grade:
    """Give a grade with every point that this machine can measure."""
    exact, speedup, gpu = passed_grade.checks
    top = replace(speedup, points=3, tier_reached=TOP, next_tier=None)
    return replace(passed_grade, checks=(exact, top, gpu))


def named(challenge: Challenge, solutions: Path, name: str) -> Solution:
    return next(one for one in solutions_of(challenge, solutions) if one.name == name)


def always(grade: Grade) -> Callable[[Challenge, Solution], Grade]:
    return lambda _, __: grade


def test_the_stub_and_every_solution_are_found(challenge: Challenge, solutions: Path) -> None:
    names = [one.name for one in solutions_of(challenge, solutions)]

    assert ["stub", "full_marks", "wrong_answer/same", "cheats/sneaky"] == names


def test_a_folder_of_no_kind_is_told(challenge: Challenge, solutions: Path) -> None:
    (solutions / "double" / "wrong_answers").mkdir()

    with pytest.raises(ManifestError, match="wrong_answers/: no kind of solution"):
        solutions_of(challenge, solutions)


def test_a_challenge_without_a_solution_is_told(challenge: Challenge, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="full_marks/: is missing"):
        solutions_of(challenge, tmp_path)
    with pytest.raises(UsageError, match="--solutions DIR"):
        find_solutions(tmp_path / "elsewhere" / "challenges", None)


def test_only_what_reaches_a_race_is_timed(challenge: Challenge, solutions: Path) -> None:
    timed = [one.name for one in solutions_of(challenge, solutions)[1:] if is_timed(challenge, one)]

    assert ["full_marks", "cheats/sneaky"] == timed


def test_full_marks_with_all_points_is_as_declared(challenge: Challenge, solutions: Path, full_grade: Grade) -> None:
    row = verify_one(challenge, named(challenge, solutions, "full_marks"), always(full_grade))

    assert Verified("double", "full_marks", Status.AS_DECLARED, (), 5, 5, 6.5) == row


def test_full_marks_that_lack_a_point_differ(challenge: Challenge, solutions: Path, passed_grade: Grade) -> None:
    row = verify_one(challenge, named(challenge, solutions, "full_marks"), always(passed_grade))

    assert (Status.DIFFERS, ("earns 3 of 5 points measurable here, not all",)) == (row.status, row.remarks)


def test_a_wrong_solution_gets_its_verdict_and_its_cause(
    challenge: Challenge, solutions: Path, failed_grade: Grade, full_grade: Grade
) -> None:
    wrong = named(challenge, solutions, "wrong_answer/same")

    assert Status.AS_DECLARED is verify_one(challenge, wrong, always(failed_grade)).status
    assert "exact: expected failed values, got passed" in verify_one(challenge, wrong, always(full_grade)).remarks


def test_a_cheat_that_passes_differs_even_if_it_declares_so(
    challenge: Challenge, solutions: Path, full_grade: Grade
) -> None:
    row = verify_one(challenge, named(challenge, solutions, "cheats/sneaky"), always(full_grade))

    assert (Status.DIFFERS, ("passes the challenge; it must not",)) == (row.status, row.remarks)


def test_the_stub_must_not_pass_and_earns_what_the_manifest_says(
    challenge: Challenge, solutions: Path, passed_grade: Grade, failed_grade: Grade
) -> None:
    stub = named(challenge, solutions, "stub")
    manifest = challenge.manifest.model_copy(update={"stub_points": 2})
    strict = replace(challenge, manifest=manifest)

    assert ("passes the challenge; it must not",) == verify_one(challenge, stub, always(passed_grade)).remarks
    assert Status.AS_DECLARED is verify_one(challenge, stub, always(failed_grade)).status
    assert verify_one(strict, stub, always(failed_grade)).remarks == (
        "earns 0 points on the CPU; stub_points of the manifest says 2",
    )


def test_noise_is_graded_again_and_then_told_as_noise(
    challenge: Challenge, solutions: Path, undecided_grade: Grade, full_grade: Grade
) -> None:
    full_marks = named(challenge, solutions, "full_marks")
    grades = iter([undecided_grade, full_grade])

    assert Status.AS_DECLARED is verify_one(challenge, full_marks, lambda _, __: next(grades)).status
    assert Status.NOISY is verify_one(challenge, full_marks, always(undecided_grade)).status


def test_noise_does_not_excuse_a_wrong_verdict(
    challenge: Challenge, solutions: Path, undecided_grade: Grade, failed_grade: Grade
) -> None:
    rows: tuple[CheckResult, ...] = (failed_grade.checks[0], *undecided_grade.checks[1:])
    row = verify_one(challenge, named(challenge, solutions, "full_marks"), always(replace(failed_grade, checks=rows)))

    assert Status.DIFFERS is row.status


def test_a_fault_of_the_judge_is_a_row_of_its_own(challenge: Challenge, solutions: Path, full_grade: Grade) -> None:
    def fall_over(_: Challenge, __: Solution) -> Grade:
        raise JudgeError("no sandbox")

    full_marks = named(challenge, solutions, "full_marks")
    void = replace(full_grade.checks[0], verdict=Verdict.JUDGE_ERROR, points=0, reason="fell over")
    grade = replace(full_grade, checks=(void, *full_grade.checks[1:]))

    assert (Status.BROKEN, ("no sandbox",)) == (
        verify_one(challenge, full_marks, fall_over).status,
        verify_one(challenge, full_marks, fall_over).remarks,
    )
    assert Status.BROKEN is verify_one(challenge, full_marks, always(grade)).status


def test_the_gravest_row_decides_the_exit_code() -> None:
    rows = {status: Verified("c", "s", status, (), 0, 0, 0.0) for status in Status}

    assert ExitCode.PASSED is exit_code([rows[Status.AS_DECLARED]])
    assert ExitCode.UNDECIDED is exit_code([rows[Status.AS_DECLARED], rows[Status.NOISY]])
    assert ExitCode.NOT_PASSED is exit_code([rows[Status.NOISY], rows[Status.DIFFERS]])
    assert ExitCode.JUDGE_ERROR is exit_code([*rows.values()])


def test_the_command_writes_a_table_or_json_and_exits_by_it(
    challenge_folder: Path,
    solutions: Path,
    failed_grade: Grade,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(
        "grader.cli.verifying.verify_one", lambda challenge, one: verify_one(challenge, one, always(failed_grade))
    )
    words = ["verify", "double", "--challenges", str(challenge_folder.parent)]

    assert 1 == main(words)
    table = capsys.readouterr()
    assert "DIFFERS  double     full_marks" in table.out
    assert "  exact: expected passed, got failed values" in table.out
    assert "2 of 4 as declared" in table.out
    assert "[4/4] double cheats/sneaky" in table.err
    assert 0 == main([*words, "--kind", "wrong_answer", "--json", "--quiet"])
    told = capsys.readouterr()
    assert ["as declared"] == [row["status"] for row in json.loads(told.out)]
    assert "" == told.err


def test_the_command_wants_an_id_or_all(challenge_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (challenge_folder.parent.parent / "solutions").mkdir()

    assert 2 == main(["verify", "--challenges", str(challenge_folder.parent)])
    assert "or --all for every one" in capsys.readouterr().err
