"""Records and results: resumed where it stopped, written whole, and harmless to whoever opens them."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader.batch.record import Record, Records, broken, graded
from grader.batch.results import as_csv, as_json_lines, as_page, write_results
from tests.grader.batch.conftest import Hand

GRADE = {"points_earned": 2, "points_measurable": 3, "checks": [{"id": "a", "verdict": "failed", "cause": "nan"}]}


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "out" / "records")


def test_a_graded_job_is_found_again(hand_in: Hand, records: Records) -> None:
    (job,) = hand_in(ada="passed")
    records.keep(graded(job, 1, 2.5, "not passed", GRADE))

    found = records.find(job)

    assert found is not None
    assert ("not passed", 2, 3, "a: nan", GRADE) == (
        found.ending, found.points, found.measurable, found.message, found.grade,
    )  # fmt: skip


def test_a_job_with_other_files_is_graded_again(hand_in: Hand, records: Records) -> None:
    (job,) = hand_in(ada="passed")
    records.keep(graded(job, 1, 2.5, "passed", GRADE))

    assert records.find(replace(job, key="0" * 64)) is None


def test_a_job_on_which_the_judge_failed_is_started_again(hand_in: Hand, records: Records) -> None:
    (job,) = hand_in(ada="passed")
    records.keep(broken(job, 3, 0.1, "killed"))

    assert records.find(job) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": 1}', "null"])
def test_a_record_that_is_damaged_is_no_record(hand_in: Hand, records: Records, tmp_path: Path, text: str) -> None:
    (job,) = hand_in(ada="passed")
    records.keep(graded(job, 1, 2.5, "passed", GRADE))
    for path in (tmp_path / "out" / "records").iterdir():
        path.write_text(text)

    assert records.find(job) is None


WORDS = "<script>alert(1)</script>\x1b[31m\n::error::"
HOSTILE = Record('=HYPERLINK("evil")', "softmax", "k", "refused", None, None, 0, 0.0, WORDS, None)


def test_a_spreadsheet_is_given_no_formula(hand_in: Hand) -> None:
    (row,) = csv.DictReader(as_csv([HOSTILE]).splitlines())

    assert row["name"].startswith("'=")
    assert "\x1b" not in row["message"]


def test_a_page_shows_markup_as_text() -> None:
    page = as_page([HOSTILE])

    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page


def test_results_are_sorted_and_complete(hand_in: Hand, tmp_path: Path) -> None:
    found = [graded(job, 1, 0.5, "passed", GRADE) for job in hand_in(bob="passed", ada="passed")]

    paths = write_results(tmp_path, list(reversed(found)))

    assert ["results.csv", "results.jsonl", "summary.html"] == [path.name for path in paths]
    lines = [json.loads(line) for line in paths[1].read_text().splitlines()]
    assert ["ada.py", "bob.py"] == [line["name"] for line in lines]
    assert as_json_lines([]) == ""
