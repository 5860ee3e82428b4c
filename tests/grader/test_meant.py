"""Which checks a person means."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.challenge import Challenge, load_challenge
from grader.meant import asked_checks
from harness.errors import UsageError


@pytest.fixture
def challenge(challenge_folder: Path) -> Challenge:
    return load_challenge(challenge_folder)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("exact", ("exact",)),
        ("gp", ("gpu",)),
        ("7", ("07-window", "7-heads")),
        ("07", ("07-window", "7-heads")),
        ("1", ("1",)),
        ("1-", ("1-a", "1-b")),
    ],
)
def test_a_check_is_meant_by_its_id_its_number_or_its_beginning(
    challenge: Challenge, word: str, meant: tuple[str, ...]
) -> None:
    exact, _, gpu = challenge.manifest.checks
    names = ("07-window", "1", "1-a", "1-b", "7-heads", "70-rows")
    manifest = challenge.manifest.model_copy(
        update={"checks": (exact, *(exact.model_copy(update={"id": name}) for name in names), gpu)}
    )

    assert meant == asked_checks(manifest, (word,))


@pytest.mark.parametrize("word", ["", "8", "speedups"])
def test_a_word_that_means_no_check_is_refused(challenge: Challenge, word: str) -> None:
    with pytest.raises(UsageError, match="has no check"):
        asked_checks(challenge.manifest, (word,))
