"""Keeps a grade in the learner's history, and asks it how far the learner is; everything works without it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from grader.reports.text import visible
from grader.verdict import Grade

if TYPE_CHECKING:
    from grader.learning.progress import Progress, State

Answer = TypeVar("Answer")


def remember(grade: Grade, path: Path | None) -> None:
    """Add a grade to the history at `path`, the usual one unless given; tells on standard error what keeps it from it.

    Args:
        grade: the grade.
        path: the file.
    """
    # Here and not above: `grade run --help` needs no SQLite.
    from grader.history.database import HistoryError, default_path  # noqa: PLC0415
    from grader.history.store import History  # noqa: PLC0415

    try:
        with History(path or default_path()) as history:
            history.add(grade)
    except HistoryError as error:
        click.echo(f"grade: not kept in the history, the grade stands: {visible(str(error))}", err=True)


def remembered_workspace(challenge: str, path: Path | None) -> Path | None:
    """Give the folder in which a challenge was started; None where there is no history, or none that can be read."""
    return _asked(path, lambda progress: progress.workspace(challenge), None)


def remembered_states(path: Path | None) -> dict[str, State]:
    """Tell how far each challenge is; nothing where there is no history, or none that can be read."""
    return _asked(path, lambda progress: progress.states(), {})


def _asked(path: Path | None, question: Callable[[Progress], Answer], otherwise: Answer) -> Answer:
    """Ask the history, if there is one; what keeps it from answering is told on standard error, and changes nothing."""
    # Here and not above: `grade run --help` needs no SQLite.
    from grader.history.database import HistoryError, default_path  # noqa: PLC0415
    from grader.history.store import History  # noqa: PLC0415
    from grader.learning.progress import Progress  # noqa: PLC0415

    place = path or default_path()
    if not place.exists():
        return otherwise
    try:
        with History(place) as history:
            return question(Progress(history))
    except HistoryError as error:
        click.echo(f"grade: {visible(str(error))}", err=True)
        return otherwise
