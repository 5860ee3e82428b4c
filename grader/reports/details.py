"""The findings of a grade as tables for a person at a terminal: what was seen, row by row."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.reports.text import visible_line
from grader.verdict import CheckResult, Grade
from harness.findings import Cell, Column, Finding
from harness.readings import Witness

MOST_ROWS = 60
"""Rows of a table that are shown; the JSON report has them all."""


def details(grade: Grade) -> Iterator[RenderableType]:
    """Give every finding of every check, under the check's name."""
    for check in grade.checks:
        if check.findings:
            yield from _of_check(check)


def _of_check(check: CheckResult) -> Iterator[RenderableType]:
    yield Text(f"what was seen for {visible_line(check.id)}", style="bold")
    for finding in check.findings:
        yield Padding(_table(finding), (0, 0, 0, 2))
        for line in _remarks(finding):
            yield Padding(Text(line, style="dim"), (0, 0, 0, 2))
        yield Text("")


def _table(finding: Finding) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=Text(visible_line(finding.title)), title_justify="left")
    for column in finding.columns:
        table.add_column(
            Text(_heading(column)), justify="left" if column.unit is None else "right", overflow="fold",
            no_wrap=column.unit is not None,
        )  # fmt: skip
    for row in finding.rows[:MOST_ROWS]:
        table.add_row(*(Text(_cell(cell)) for cell in row))
    return table


def _remarks(finding: Finding) -> Iterator[str]:
    """Say what was left out, how it was taken, and on whose word it rests."""
    if len(finding.rows) > MOST_ROWS:
        yield f"{len(finding.rows) - MOST_ROWS} more rows are in the JSON report"
    if finding.note is not None:
        yield visible_line(finding.note)
    if finding.witness is not Witness.JUDGE:
        yield "seen by the submission's own process" if finding.witness is Witness.GUEST else "read from its source"


def _heading(column: Column) -> str:
    """Write a column's name and unit; a count needs none."""
    unit = f" [{column.unit}]" if column.unit not in (None, "count") else ""
    return visible_line(f"{column.name}{unit}")


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{cell:,.4g}" if abs(cell) < 1e4 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else visible_line(cell)
