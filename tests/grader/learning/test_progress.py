"""Tests of what comes next, and of what is remembered."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.history.store import History
from grader.learning.progress import Progress, State, at_hand, next_unfinished
from grader.verdict import Grade

ORDER = ("a", "b", "c")


@pytest.mark.parametrize(
    ("passed", "current", "next_one", "one_at_hand"),
    [
        ("", None, "a", "a"),
        ("", "a", "b", "a"),
        ("", "c", "a", "c"),
        ("b", "a", "c", "a"),
        ("a", "a", "b", "b"),
        ("ac", "c", "b", "b"),
        ("ab", "c", None, "c"),
        ("abc", "b", None, None),
        ("", "gone", "a", "a"),
    ],
)
def test_the_way_goes_on_behind_the_current_challenge_and_round(
    passed: str, current: str | None, next_one: str | None, one_at_hand: str | None
) -> None:
    states = dict.fromkeys(passed, State.PASSED)

    assert next_one == next_unfinished(ORDER, states, current)
    assert one_at_hand == at_hand(ORDER, states, current)


def test_the_current_challenge_is_the_one_last_opened_or_graded(tmp_path: Path, passed_grade: Grade) -> None:
    with History(tmp_path / "history") as history:
        progress = Progress(history)
        nobody = progress.current()
        progress.open_workspace("a", tmp_path, datetime(2026, 1, 1, tzinfo=UTC))
        progress.open_workspace("b", tmp_path, datetime(2026, 1, 2, tzinfo=UTC))
        opened = progress.current()
        history.add(passed_grade)

        assert (None, "b", "double") == (nobody, opened, progress.current())
        assert {"a": State.BEGUN, "b": State.BEGUN, "double": State.PASSED} == progress.states()


def test_a_workspace_that_moved_is_remembered_at_its_new_place(tmp_path: Path) -> None:
    with History(tmp_path / "history") as history:
        progress = Progress(history)
        for name in ("old", "new"):
            progress.open_workspace("a", tmp_path / name, datetime(2026, 1, 1, tzinfo=UTC))

        assert tmp_path / "new" == progress.workspace("a")
        assert progress.workspace("b") is None


def test_hints_of_a_topic_are_counted_by_themselves_and_never_beyond_the_last(tmp_path: Path) -> None:
    with History(tmp_path / "history") as history:
        progress = Progress(history)

        assert [1, 2, 2] == [progress.reveal_hint("a", "", 2) for _ in range(3)]
        assert 1 == progress.reveal_hint("a", "speed", 2)
        assert 1 == progress.reveal_hint("b", "", 2)
