"""What several tests of the harness share: a race away from the real clock and lock, and patience with processes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import turns
from tests.fakes import Course

PATIENCE_S = 20.0


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; a test that waits in vain fails by its own assertion."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.005)


@pytest.fixture
def course(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Course:
    """A race in which the candidate is four times as fast as its baseline, for a test to change."""
    made = Course()
    for module in ("harness.race", "harness.sandbox.witness"):
        monkeypatch.setattr(f"{module}.time", made.clock)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(turns, "HERE", turns.Turns(tmp_path))
    return made
