"""Keeps a grade in the learner's history; whatever comes of that, the grade stands as it was shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from grader.reports.text import visible
from grader.verdict import Grade


def remember(grade: Grade, only: Sequence[str], path: Path | None) -> None:
    """Add a grade to the history at `path`, the usual one unless given; tells on standard error what keeps it from it.

    Args:
        grade: the grade.
        only: the checks that were asked for; empty when all were.
        path: the file.
    """
    # Here and not above: `grade run --help` needs no SQLite.
    from grader.history.store import History, HistoryError, default_path  # noqa: PLC0415

    try:
        with History(path or default_path()) as history:
            history.add(grade, is_complete=not only)
    except HistoryError as error:
        click.echo(f"grade: not kept in the history, the grade stands: {visible(str(error))}", err=True)
