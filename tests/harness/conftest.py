"""What several tests of the harness share: a scripted race, away from the real clock and the real lock."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.fakes import Course


@pytest.fixture
def course(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Course:
    """A race in which the candidate is four times as fast as its baseline, for a test to change."""
    made = Course()
    monkeypatch.setattr("harness.race.time", made.clock)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return made
