"""Tests of `grade history` and `grade report`, and of a grade whose history can't be written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.cli.main import main
from grader.cli.remembering import remember
from grader.history.database import default_path
from grader.history.store import History
from grader.verdict import Grade


@pytest.fixture
def past(passed_grade: Grade, failed_grade: Grade) -> None:
    """Keep three grades in the usual place."""
    with History(default_path()) as history:
        history.add(failed_grade)
        history.add(replace(passed_grade, only=("exact",)))
        history.add(replace(passed_grade, submission_sha256="b" * 64))


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(words)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_without_grades_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert (0, "no grades yet\n", "") == typed(capsys, "history")
    assert (0, "no grades of double yet\n", "") == typed(capsys, "history", "double")


@pytest.mark.usefixtures("past")
def test_a_challenge_is_shown_with_its_grades_a_plot_and_its_bests(
    capsys: pytest.CaptureFixture[str], golden: Callable[[str, str], None]
) -> None:
    code, out, _ = typed(capsys, "history", "double")

    assert 0 == code
    golden("history_double.txt", out)


@pytest.mark.usefixtures("past")
def test_every_challenge_gets_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = typed(capsys, "history")

    assert "double     3       3 of 10  passed" in out


@pytest.mark.usefixtures("past")
def test_lines_fit_into_sixty_columns(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    out = "".join(typed(capsys, "history", *more)[1] for more in ((), ("double",)))

    assert max(map(len, out.splitlines())) <= 60


@pytest.mark.usefixtures("past")
def test_programs_get_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(typed(capsys, "history", "double", "--json")[1])

    assert [1, 2, 3] == [grade["number"] for grade in found["grades"]]
    assert ["not passed", "passed", "passed"] == [grade["ending"] for grade in found["grades"]]
    assert ["b" * 64] == [grade["submission_sha256"] for grade in found["grades"][2:]]
    assert ["exact", "speedup", "gpu"] == [best["check"] for best in found["bests"]]


@pytest.mark.usefixtures("past")
def test_the_report_of_the_last_grade_is_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = typed(capsys, "report")
    page = (tmp_path / "double-report.html").read_text(encoding="utf-8")

    assert (0, "double-report.html\n") == (code, out)
    assert "<!doctype html>" in page.lower()
    assert "b" * 12 in page


@pytest.mark.usefixtures("past")
def test_the_report_can_be_any_format_and_go_anywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, _ = typed(capsys, "report", "double", "--format", "json", "--to", str(tmp_path / "last.json"))
    found = json.loads((tmp_path / "last.json").read_text(encoding="utf-8"))

    assert (0, "superfast/grade/v1", "double") == (code, found["schema"], found["challenge"]["id"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--format", "htm"], "did you mean 'html'"),
        (["--to", "/nowhere/at/all.html"], "there is no folder /nowhere/at"),
        (["other"], "holds no grade of other yet"),
    ],
)
@pytest.mark.usefixtures("past")
def test_a_report_that_can_not_be_made_says_why(
    capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    code, _, err = typed(capsys, "report", *words)

    assert 2 == code
    assert told in err


def test_a_history_that_is_broken_is_a_message_and_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sqlite3.connect(tmp_path / "other").executescript("CREATE TABLE recipes (name)")
    code, _, err = typed(capsys, "history", "--history", str(tmp_path / "other"))

    assert 2 == code
    assert f"grade: {tmp_path / 'other'}: is a database of something else" in err


def test_a_grade_that_can_not_be_kept_still_stands(
    tmp_path: Path, passed_grade: Grade, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken").write_bytes(b"no history " * 1000)
    remember(passed_grade, tmp_path / "broken")
    captured = capsys.readouterr()

    assert "" == captured.out
    assert captured.err.startswith("grade: not kept in the history, the grade stands: the history ")
