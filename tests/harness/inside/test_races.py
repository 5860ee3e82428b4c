"""Who races with whom: programs that share elements, one of them writing."""

from __future__ import annotations

import numpy as np
import pytest

from harness.inside.races import Races

FIRST, SECOND = np.arange(0, 64, 4, dtype=np.uint64), np.arange(32, 96, 4, dtype=np.uint64)
Step = tuple[str, np.ndarray, int]


@pytest.mark.parametrize(
    ("steps", "raced_bytes"),
    [
        ([("store", FIRST, 1), ("store", SECOND, 2)], 32),
        ([("store", FIRST, 1), ("load", SECOND, 2)], 32),
        ([("load", FIRST, 1), ("store", SECOND, 2)], 32),
        ([("load", FIRST, 1), ("load", FIRST, 2), ("store", SECOND, 2)], 32),
        ([("store", FIRST, 1), ("store", FIRST, 1), ("load", FIRST, 1)], 0),
        ([("load", FIRST, 1), ("load", SECOND, 2), ("load", SECOND, 3)], 0),
        ([("atomic", FIRST, 1), ("atomic", FIRST, 2)], 0),
        ([("store", FIRST, 1), ("store", SECOND + np.uint64(32), 2)], 0),
        ([("store", FIRST, 1), ("store", FIRST, 2), ("store", FIRST, 3)], 64),
    ],
)
def test_elements_that_are_shared_and_written_are_counted_once(steps: list[Step], raced_bytes: int) -> None:
    races = Races(128)
    for kind, offsets, program in steps:
        races.access(kind, offsets, 4, program)

    assert raced_bytes == races.raced_bytes
