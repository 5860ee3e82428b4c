"""The findings of a grade as tables for a person at a terminal: what was seen, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.reports.text import visible_line
from grader.verdict import CheckResult, Grade
from harness.findings import Cell, Column, Finding
from harness.readings import Witness

LEAST_TEXT = 8
"""Characters of a text that are shown however narrow the terminal is."""

_INDENT, _GAP = 2, 2

MOST_ROWS = 60
"""Rows of a table that are shown; the JSON report has them all."""


def details(grade: Grade, width: int) -> Iterator[RenderableType]:
    """Give every finding of every check, under the check's name, in so many columns of characters."""
    for check in grade.checks:
        if check.findings:
            yield from _of_check(check, width)


def _of_check(check: CheckResult, width: int) -> Iterator[RenderableType]:
    yield Text(f"what was seen for {visible_line(check.id)}", style="bold")
    for finding in check.findings:
        yield Padding(Text(visible_line(finding.title)), (0, 0, 0, _INDENT))
        yield Padding(_table(finding, width - _INDENT), (0, 0, 0, _INDENT))
        for line in _remarks(finding):
            yield Padding(Text(line, style="dim"), (0, 0, 0, _INDENT))
        yield Text("")


def _table(finding: Finding, width: int) -> RenderableType:
    """Show one line a row: numbers whole, texts cut where there is no room for them."""
    rows = [[_cell(cell) for cell in row] for row in finding.rows[:MOST_ROWS]]
    widths = _widths(finding.columns, rows, width)
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False)
    for column, size in zip(finding.columns, widths, strict=True):
        table.add_column(
            Text(_heading(column)), justify="left" if column.unit is None else "right", width=size, overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(_cut(cell, size)) for cell, size in zip(row, widths, strict=True)))
    return table


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Give numbers the room that they take, and share the rest among the texts, short ones first."""
    longest = [max((len(row[at]) for row in rows), default=1) for at in range(len(columns))]
    headings = [max(map(len, _heading(column).split()), default=1) for column in columns]
    widths = [max(sizes) for sizes in zip(longest, headings, strict=True)]
    texts = sorted((at for at, column in enumerate(columns) if column.unit is None), key=lambda at: widths[at])
    left = width - _GAP * len(columns) - sum(size for at, size in enumerate(widths) if at not in texts)
    for number, at in enumerate(texts):
        widths[at] = min(widths[at], max(LEAST_TEXT, left // (len(texts) - number)))
        left -= widths[at]
    return widths


def _cut(cell: str, size: int) -> str:
    return cell if len(cell) <= size else cell[: size - 3] + "..."


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
