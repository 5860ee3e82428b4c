"""Findings: what they refuse, and that a text of a submission can do no harm in them."""

from __future__ import annotations

from typing import Any

import pytest

from harness.findings import MOST_CHARACTERS, MOST_COLUMNS, MOST_ROWS, Column, Finding
from harness.readings import Witness

COLUMNS = (Column("line", "count"), Column("source"))


def finding(**changes: Any) -> Finding:
    given: dict[str, Any] = {
        "name": "traffic", "title": "bytes by line", "columns": COLUMNS, "rows": ((1, "x"),), "witness": Witness.JUDGE,
    }  # fmt: skip
    return Finding(**(given | changes))


def test_a_cell_may_be_empty() -> None:
    assert ((None, None),) == finding(rows=((None, None),)).rows


def test_a_text_is_escaped_and_cut() -> None:
    ((_, escaped), (_, cut)) = finding(rows=((1, "a\x1b[31m"), (2, "b" * 1000))).rows

    assert "a\\u001b[31m" == escaped
    assert isinstance(cut, str)
    assert cut.startswith("b" * MOST_CHARACTERS + " ...")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "two words"}, "snake case"),
        ({"columns": ()}, "0 columns"),
        ({"columns": tuple(Column(f"c{n}") for n in range(MOST_COLUMNS + 1))}, f"{MOST_COLUMNS + 1} columns"),
        ({"columns": (Column("a"), Column("a"))}, "same name"),
        ({"rows": ((1, "x"),) * (MOST_ROWS + 1)}, f"{MOST_ROWS + 1} rows"),
        ({"rows": ((1,),)}, "row 0 has 1 cells for 2 columns"),
        ({"rows": ((float("nan"), "x"),)}, "row 0, line: nan"),
        ({"rows": (("x", "x"),)}, "numbers have a unit"),
        ({"rows": ((1, 2),)}, "numbers have a unit"),
        ({"is_series": True, "columns": (Column("source"),), "rows": ()}, "axis of a series"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        finding(**changes)
