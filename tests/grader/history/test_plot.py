"""Tests of the row of bars."""

from __future__ import annotations

import pytest

from grader.history.plot import bars


@pytest.mark.parametrize(
    ("values", "top", "most", "expected"),
    [
        ([], 9, 10, ""),
        ([0, 9], 9, 10, "▁█"),
        ([0, 1, 5, 9], 9, 10, "▁▂▅█"),
        ([0.01, 9], 9, 10, "▂█"),
        ([1, 2, 3, 9], 9, 2, "▃█"),
        ([-1, 20], 9, 10, "▁█"),
        ([0, 0], 0, 10, "▁▁"),
    ],
)
def test_bars_grow_with_the_values(values: list[float], top: float, most: int, expected: str) -> None:
    assert expected == bars(values, top, most)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "no such encoding"])
def test_a_terminal_without_blocks_gets_ascii(encoding: str) -> None:
    assert "_.+%" == bars([0, 0.01, 4, 9], 9, 10, encoding).replace("=", "+").replace("#", "%")
