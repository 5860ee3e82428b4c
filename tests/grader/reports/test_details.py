"""Findings in the reports: their tables at a terminal, their place in the JSON, and what is left out without any."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import jsonschema
import pytest

from grader.reports import json_v1
from grader.reports.details import MOST_ROWS
from grader.reports.terminal import Style, render
from grader.verdict import Grade
from harness.findings import Column, Finding
from harness.readings import Witness
from tests.grader.conftest import EXACT

TRAFFIC = Finding(
    name="traffic",
    title="bytes by line of nf4.py",
    columns=(Column("line", "count"), Column("source"), Column("load", "bytes"), Column("share", "%")),
    rows=((12, "x = tl.load(p) \x1b[31m", 1_234_567, 99.25), (13, None, None, 0.75)),
    witness=Witness.GUEST,
    note="unique bytes",
)
PEAK = Finding(
    "memory", "memory over time", (Column("t", "s"), Column("used", "MiB")), ((0.0, 10.5),), Witness.JUDGE, True
)


@pytest.fixture
def grade(make_grade: Callable[..., Grade]) -> Grade:
    return make_grade(replace(EXACT, findings=(TRAFFIC, PEAK)))


def test_details_are_shown_when_they_are_asked_for(grade: Grade) -> None:
    plain, detailed = render(grade, Style()), render(grade, Style(details=True))

    assert "bytes by line" not in plain
    for words in (
        "what was seen for exact", "bytes by line of nf4.py", "[bytes]", "1,234,567", "99.25", "\\u001b[31m",
        "unique bytes", "seen by the submission's own process", "memory over time", "[MiB]", "10.5",
    ):  # fmt: skip
        assert words in detailed


def test_a_long_table_says_how_much_is_left_out(make_grade: Callable[..., Grade]) -> None:
    long = Finding("n", "numbers", (Column("n", "count"),), tuple((n,) for n in range(MOST_ROWS + 7)), Witness.JUDGE)

    assert "7 more rows are in the JSON report" in render(
        make_grade(replace(EXACT, findings=(long,))), Style(details=True)
    )


def test_the_json_has_every_finding_and_keeps_to_its_schema(grade: Grade) -> None:
    document = json.loads(json_v1.render(grade))
    jsonschema.validate(document, json_v1.schema())
    traffic, memory = document["checks"][0]["findings"]

    assert ("table", "guest", "unique bytes") == (traffic["kind"], traffic["witness"], traffic["note"])
    assert [{"name": "line", "unit": "count"}, {"name": "source"}] == traffic["columns"][:2]
    assert [13, None, None, 0.75] == traffic["rows"][1]
    assert ("series", [[0.0, 10.5]]) == (memory["kind"], memory["rows"])


@pytest.mark.parametrize("width", [40, 72, 100, 200])
def test_numbers_are_whole_and_rows_are_one_line_at_any_width(make_grade: Callable[..., Grade], width: int) -> None:
    columns = (Column("line", "count"), Column("source"), Column("kernel"), Column("bytes that are moved", "bytes"))
    wide = Finding("n", "traffic", columns, ((12345, "a source line " * 9, "kernel", 9_876_543),), Witness.JUDGE)
    shown = render(make_grade(replace(EXACT, findings=(wide,))), Style(details=True, width=width)).splitlines()

    (row,) = [line for line in shown if "12,345" in line]
    assert row.endswith("9,876,543")
    assert "kernel" in row
    assert len(row) <= width
    assert ("..." in row) == (width < 200)
