"""Tests of the history: grades come back as they were, none is lost, and what goes wrong is told."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.history.database import HistoryError, default_path
from grader.history.migrations import LATEST, MIGRATIONS
from grader.history.store import History
from grader.verdict import CheckResult, ExitCode, Grade
from harness.findings import Column, Finding
from harness.outcomes import Verdict
from harness.readings import Reading, Witness

FIRST_VERSION = Path(__file__).parents[2] / "golden" / "history_v1.sql"

ADD_TEN = """
import sys
from pathlib import Path
from grader.history.record import from_text
from grader.history.store import History
grade = from_text(sys.stdin.read())
for _ in range(10):
    with History(Path(sys.argv[1])) as history:
        history.add(grade)
"""


def row(check: str, points: int, value: float) -> CheckResult:
    return CheckResult(
        id=check, title=check, verdict=Verdict.PASSED, points=points, max_points=9, metric="speedup",
        readings=(Reading("speedup", value, "x", Witness.JUDGE, value, value),),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["passed_grade", "failed_grade", "undecided_grade"])
def test_a_grade_comes_back_as_it_was(tmp_path: Path, name: str, request: pytest.FixtureRequest) -> None:
    grade: Grade = request.getfixturevalue(name)
    with History(tmp_path / "history") as history:
        history.add(grade)

        assert grade == history.last()


def test_findings_come_back_with_whole_numbers_whole(tmp_path: Path, passed_grade: Grade) -> None:
    columns = (Column("at", "s"), Column("source"), Column("load", "bytes"), Column("is masked", "flag"))
    finding = Finding("traffic", "by line", columns, ((0.5, "x", 4096, True), (1.0, None, None, False)), Witness.GUEST)
    grade = replace(passed_grade, checks=(replace(passed_grade.checks[0], findings=(finding,)),))
    with History(tmp_path / "history") as history:
        history.add(grade)
        found = history.last().checks[0].findings[0]

    assert finding == found
    assert [float, str, int, bool] == [type(cell) for cell in found.rows[0]]


def test_past_grades_are_listed_oldest_first_by_challenge(tmp_path: Path, passed_grade: Grade) -> None:
    with History(tmp_path / "history") as history:
        history.add(passed_grade)
        history.add(replace(passed_grade, challenge="other"))
        history.add(replace(passed_grade, submission_sha256="b" * 64, only=("exact",)))
        own, every = history.grades("double"), history.grades()

    assert [1, 3] == [grade.number for grade in own]
    assert ["a" * 64, "b" * 64] == [grade.submission_sha256 for grade in own]
    assert [True, False] == [grade.is_complete for grade in own]
    assert ["double", "other", "double"] == [grade.challenge for grade in every]
    assert (passed_grade.started, ExitCode.PASSED, 3, 5, 10) == (
        own[0].started, own[0].exit_code, own[0].points_earned, own[0].points_measurable, own[0].points_total
    )  # fmt: skip


def test_the_best_has_most_points_then_the_higher_figure_and_of_equals_the_first(
    tmp_path: Path, make_grade: Callable[..., Grade]
) -> None:
    with History(tmp_path / "history") as history:
        for fast, small in ((1.5, 2.0), (1.2, 2.0), (1.7, 1.0)):
            history.add(make_grade(row("fast", 1 if fast < 1.6 else 0, fast), row("small", 3, small)))
        bests = history.bests("double")

    assert [("fast", 1, 1.5, 1), ("small", 3, 2.0, 1)] == [
        (best.check, best.points, best.value, best.number) for best in bests
    ]


def test_a_best_from_before_the_challenge_changed_does_not_count(
    tmp_path: Path, make_grade: Callable[..., Grade]
) -> None:
    with History(tmp_path / "history") as history:
        history.add(replace(make_grade(row("fast", 9, 5.0)), challenge_digest="d" * 64))
        history.add(make_grade(row("fast", 1, 1.0)))

        assert [1.0] == [best.value for best in history.bests("double")]


def test_only_a_complete_grade_passes_a_challenge(tmp_path: Path, passed_grade: Grade, failed_grade: Grade) -> None:
    with History(tmp_path / "history") as history:
        history.add(replace(passed_grade, challenge="in part", only=("exact",)))
        history.add(failed_grade)
        history.add(replace(passed_grade, challenge="whole"))

        assert {"whole"} == history.passed()


def test_grades_of_many_processes_at_once_are_all_kept(tmp_path: Path, passed_grade: Grade) -> None:
    from grader.history.record import to_text

    path = tmp_path / "new" / "history"
    processes = [
        subprocess.Popen([sys.executable, "-c", ADD_TEN, str(path)], stdin=subprocess.PIPE, text=True) for _ in range(4)
    ]
    for process in processes:
        process.communicate(to_text(passed_grade), timeout=120)
    with History(path) as history:
        assert [0] * 4 == [process.returncode for process in processes]
        assert 40 == len(history.grades("double"))


def test_the_usual_place_follows_the_xdg_variable(own_data_folder: Path) -> None:
    assert own_data_folder / "superfast" / "history.sqlite3" == default_path()


def test_a_history_of_the_first_version_is_brought_up_to_the_latest(tmp_path: Path) -> None:
    path = tmp_path / "history"
    old = sqlite3.connect(path)
    old.executescript(FIRST_VERSION.read_text(encoding="utf-8"))
    old.close()
    with History(path) as history:
        (grade,) = history.grades("double")
        whole, bests = history.last("double"), history.bests("double")
    found = sqlite3.connect(path).execute("PRAGMA user_version").fetchone()[0]

    assert LATEST == found
    assert (1, 3) == (grade.number, grade.points_earned)
    assert ("Twice the input", 2.4) == (whole.title, whole.checks[1].readings[0].value)
    assert ["exact", "speedup", "gpu"] == [best.check for best in bests]


def test_an_old_and_a_new_history_have_the_same_tables(tmp_path: Path) -> None:
    def tables(path: Path) -> set[tuple[str, str]]:
        rows = sqlite3.connect(path).execute("SELECT name, sql FROM sqlite_master WHERE sql NOT NULL").fetchall()
        return {(name, " ".join(sql.split())) for name, sql in rows}

    old = sqlite3.connect(tmp_path / "old")
    old.executescript(FIRST_VERSION.read_text(encoding="utf-8"))
    old.close()
    for name in ("old", "new"):
        History(tmp_path / name).__exit__(None, None, None)

    assert tables(tmp_path / "new") == tables(tmp_path / "old")


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.history.migrations.MIGRATIONS", (*MIGRATIONS, ("CREATE TABLE t (x)", "nonsense")))
    monkeypatch.setattr("grader.history.migrations.LATEST", LATEST + 1)
    with pytest.raises(HistoryError, match="syntax error"):
        History(tmp_path / "history")
    found = sqlite3.connect(tmp_path / "history").execute("SELECT count(*) FROM sqlite_master").fetchone()[0]

    assert 0 == found


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (f"PRAGMA user_version = {LATEST + 1}; CREATE TABLE t (x)", "newer superfast; update"),
        ("CREATE TABLE recipes (name)", "a database of something else"),
    ],
)
def test_a_file_of_others_is_left_alone(tmp_path: Path, statements: str, told: str) -> None:
    path = tmp_path / "history"
    sqlite3.connect(path).executescript(statements)
    before = path.read_bytes()
    with pytest.raises(HistoryError, match=told):
        History(path)

    assert before == path.read_bytes()


def test_a_file_that_is_no_history_is_told_with_its_name_and_a_mend(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text("once upon a time " * 100, encoding="utf-8")
    with pytest.raises(HistoryError) as told:
        History(path)

    assert str(path) in str(told.value)
    assert "move it away" in str(told.value)


def test_a_damaged_file_is_told(tmp_path: Path, passed_grade: Grade) -> None:
    path = tmp_path / "history"
    with History(path) as history:
        for _ in range(20):
            history.add(passed_grade)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(bytes(content))
    with pytest.raises(HistoryError, match="is damaged"), History(path) as history:
        history.grades()


def test_a_full_disk_is_told_and_what_was_there_stays(tmp_path: Path, passed_grade: Grade) -> None:
    path = tmp_path / "history"
    with History(path) as history:
        history.add(passed_grade)
        pages = history._database.execute("PRAGMA page_count").fetchone()[0]
        history._database.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(HistoryError, match="the disk is full; make room"):
            for _ in range(20):
                history.add(passed_grade)
    with History(path) as history:
        whole = len(history.grades())
        rows = history._database.execute("SELECT count(*) FROM checks").fetchone()[0]

        assert 1 <= whole < 21
        assert 3 * whole == rows


def test_a_place_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HistoryError, match="can't be made there"):
        History(tmp_path / "file" / "below" / "history")
    with pytest.raises(HistoryError, match="can't be opened"):
        History(tmp_path)


def test_a_record_that_contradicts_itself_is_told(tmp_path: Path, passed_grade: Grade) -> None:
    with History(tmp_path / "history") as history:
        history.add(passed_grade)
        history._database.execute("UPDATE grades SET record = replace(record, '\"points\":2', '\"points\":7')")
        with pytest.raises(HistoryError, match="grade 1 can't be read"):
            history.last()


def test_an_empty_history_has_no_last_grade(tmp_path: Path) -> None:
    with History(tmp_path / "history") as history, pytest.raises(HistoryError, match="holds no grade of double yet"):
        history.last("double")
