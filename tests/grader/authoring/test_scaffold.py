"""Tests of `grade new`: what it writes, that nothing is overwritten, and that the result keeps its own rules."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from grader.authoring.lint import lint
from grader.authoring.scaffold import make_challenge
from grader.authoring.solutions import solutions_of
from grader.authoring.verify import Status, verify_one
from grader.challenge import load_challenge
from grader.cli.main import main
from harness.errors import UsageError


def make(folder: Path, name: str = "row-norms", title: str | None = None) -> Path:
    make_challenge(name, title, folder / "challenges", folder / "solutions")
    return folder / "challenges" / name


@pytest.mark.parametrize("name", ["row-norms", "3d-conv", "class", "A.b_c", "x" * 64])
def test_a_new_challenge_is_well_formed_and_keeps_every_rule(tmp_path: Path, name: str) -> None:
    challenge = load_challenge(make(tmp_path, name))

    assert [] == lint(challenge)
    assert ["stub", "full_marks", "wrong_answer/half_precision", "wrong_answer/wrong_axis"] == [
        solution.name for solution in solutions_of(challenge, tmp_path / "solutions")
    ]


def test_every_file_of_it_is_python_and_declares_what_it_gets(tmp_path: Path) -> None:
    challenge = load_challenge(make(tmp_path))
    for path in tmp_path.rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"))

    known = [check.id for check in challenge.manifest.checks]
    for solution in solutions_of(challenge, tmp_path / "solutions")[1:]:
        assert known == [*solution.expectation()]


def test_a_title_of_any_kind_survives(tmp_path: Path) -> None:
    title = """Rows: "norms" # and <tags> & 'quotes' {curly} ünïcode"""

    assert title == load_challenge(make(tmp_path, title=title)).manifest.title


def test_nothing_that_is_there_is_touched(tmp_path: Path) -> None:
    make(tmp_path)
    brief = tmp_path / "challenges" / "row-norms" / "README.md"
    brief.write_text("mine", encoding="utf-8")

    with pytest.raises(UsageError, match="is there already"):
        make(tmp_path)
    assert "mine" == brief.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["../evil", "a/b", "-x", "", "x" * 65])
def test_a_name_that_is_no_id_writes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is no id"):
        make(tmp_path, name)
    assert [] == list(tmp_path.iterdir())


def test_the_command_lists_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "challenges").mkdir()

    assert 0 == main(["new", "row-norms", "--challenges", str(tmp_path / "challenges")])
    captured = capsys.readouterr()
    assert 11 == len(captured.out.splitlines())
    assert "next: grade verify row-norms" in captured.err


@pytest.mark.graded
def test_the_wrong_solutions_of_a_new_challenge_get_what_they_declare(tmp_path: Path) -> None:
    challenge = load_challenge(make(tmp_path))
    rows = [
        verify_one(challenge, solution)
        for solution in solutions_of(challenge, tmp_path / "solutions")
        if solution.kind != "full_marks"
    ]

    assert [(Status.AS_DECLARED, ())] * 3 == [(row.status, row.remarks) for row in rows]
