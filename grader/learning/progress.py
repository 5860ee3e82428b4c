"""How far a learner is: which challenges were begun and passed, which hints were shown, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from grader.history.store import History


class State(StrEnum):
    """How far a challenge is."""

    OPEN = ""
    BEGUN = "begun"
    PASSED = "passed"


class Progress:
    """What is remembered of a learner's way, in the history's file."""

    def __init__(self, history: History) -> None:
        self._history = history

    def open_workspace(self, challenge: str, folder: Path, now: datetime) -> None:
        """Remember where a learner works on a challenge, and that it is the one at hand."""
        with self._history.writing() as database:
            database.execute(
                "INSERT INTO workspaces VALUES (?, ?, ?) ON CONFLICT (challenge) DO UPDATE"
                " SET folder = excluded.folder, opened = excluded.opened",
                (challenge, str(folder.absolute()), now.isoformat()),
            )

    def workspace(self, challenge: str) -> Path | None:
        """Give the folder where a learner works on a challenge."""
        rows = self._history.read("SELECT folder FROM workspaces WHERE challenge = ?", (challenge,))
        return Path(rows[0][0]) if rows else None

    def states(self) -> dict[str, State]:
        """Tell how far each challenge is; those that are not named were never begun."""
        begun = self._history.read("SELECT challenge FROM workspaces UNION SELECT challenge FROM grades")
        return {row[0]: State.BEGUN for row in begun} | dict.fromkeys(self._history.passed(), State.PASSED)

    def current(self) -> str | None:
        """Name the challenge that was last opened or graded; None before the first."""
        rows = self._history.read(
            "SELECT challenge FROM (SELECT challenge, opened AS at FROM workspaces"
            " UNION ALL SELECT challenge, started FROM grades) ORDER BY at DESC LIMIT 1"
        )
        return rows[0][0] if rows else None

    def reveal_hint(self, challenge: str, topic: str, count: int) -> int:
        """Show one more of `count` hints on a topic, and give how many are shown now."""
        with self._history.writing() as database:
            database.execute(
                "INSERT INTO hints VALUES (?1, ?2, min(1, ?3)) ON CONFLICT (challenge, topic) DO UPDATE"
                " SET shown = min(shown + 1, ?3)",
                (challenge, topic, count),
            )
            row = database.execute(
                "SELECT shown FROM hints WHERE challenge = ? AND topic = ?", (challenge, topic)
            ).fetchone()
        return int(row[0])


def at_hand(order: Sequence[str], states: dict[str, State], current: str | None) -> str | None:
    """Choose the challenge to go on with: the current one while it is not passed, else the next unfinished one."""
    if current in order and states.get(current or "") is not State.PASSED:
        return current
    return next_unfinished(order, states, current)


def next_unfinished(order: Sequence[str], states: dict[str, State], current: str | None) -> str | None:
    """Choose the first challenge behind the current one that is not passed, then from the front; None when all are."""
    start = order.index(current) + 1 if current in order else 0
    behind_then_front = [*order[start:], *order[: max(0, start - 1)]]
    return next((name for name in behind_then_front if states.get(name) is not State.PASSED), None)
