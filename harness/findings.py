"""Findings: small typed tables and series that a check shows beside its readings, bounded and fit to be printed.

    Finding(
        name="traffic", title="bytes by line", witness=Witness.GUEST,
        columns=(Column("line", "count"), Column("source"), Column("load", "bytes")),
        rows=((12, "x = tl.load(p)", 4096),),
    )

A reading is one figure that may decide; a finding is what a person (or a page) looks at to understand it. A series is
a table whose first column is the axis: time, a size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.fields import bounded_text
from harness.readings import Witness

MOST_FINDINGS = 16
MOST_COLUMNS = 16
MOST_ROWS = 1000
MOST_CHARACTERS = 400

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what stands in it, and the unit of its numbers (`bytes`, `MiB`, `s`, `count` ...); none for text."""

    name: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One table or series.

    Attributes:
        name: short, in snake case, unique within its check.
        title: what it shows, in one line.
        columns: what stands in each place of a row.
        rows: numbers in columns with a unit, texts in those without; None where there is nothing to say.
        witness: who saw it; a submission's process for what only it can know.
        is_series: whether the first column is an axis, along which the others are drawn.
        note: one sentence on how it was taken; whether it is a prediction.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    witness: Witness
    is_series: bool = False
    note: str | None = None

    def __post_init__(self) -> None:
        """Make texts harmless and short, and refuse a table that is none."""
        faults = [*self._faults_of_size(), *self._faults_of_cells()]
        if faults:
            raise ValueError(f"finding {self.name!r}: {faults[0]}")
        rows = tuple(tuple(_harmless(cell) for cell in row) for row in self.rows)
        object.__setattr__(self, "rows", rows)

    def _faults_of_size(self) -> list[str]:
        faults = []
        if not self.name.isidentifier():
            faults.append("its name is not one word in snake case")
        if not 1 <= len(self.columns) <= MOST_COLUMNS:
            faults.append(f"{len(self.columns)} columns; 1 to {MOST_COLUMNS} are allowed")
        if len({column.name for column in self.columns}) != len(self.columns):
            faults.append("two columns have the same name")
        if len(self.rows) > MOST_ROWS:
            faults.append(f"{len(self.rows)} rows; {MOST_ROWS} are allowed")
        if self.is_series and self.columns and self.columns[0].unit is None:
            faults.append("the axis of a series has a unit")
        return faults

    def _faults_of_cells(self) -> list[str]:
        faults = []
        for number, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                faults.append(f"row {number} has {len(row)} cells for {len(self.columns)} columns")
                continue
            for column, cell in zip(self.columns, row, strict=True):
                if isinstance(cell, float) and not math.isfinite(cell):
                    faults.append(f"row {number}, {column.name}: {cell} is not a finite number")
                elif cell is not None and isinstance(cell, str) != (column.unit is None):
                    faults.append(f"row {number}, {column.name}: numbers have a unit and texts have none")
        return faults


def _harmless(cell: Cell) -> Cell:
    """Bound and escape a text; it may quote a submission's source."""
    return bounded_text(cell, MOST_CHARACTERS) if isinstance(cell, str) else cell
