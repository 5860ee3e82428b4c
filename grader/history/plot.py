"""A row of numbers as a row of bars that fits into a line of text."""

from __future__ import annotations

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"

ASCII_BARS = "_.-=+*%#"
"""For a terminal whose encoding has no blocks."""


def bars(values: Sequence[float], top: float, most: int, encoding: str = "utf-8") -> str:
    """Draw the last `most` values as one bar each, from 0 at the bottom to `top`; nothing for nothing.

    A value below 0 is drawn as 0, one above `top` as `top`.
    """
    steps = BARS if _can_write(BARS, encoding) else ASCII_BARS
    shown = values[-most:]
    return "".join(steps[_step(value, top, len(steps))] for value in shown)


def _step(value: float, top: float, count: int) -> int:
    """Choose a bar: the lowest one for 0 alone, so that a first point is seen."""
    share = min(max(value / top, 0.0), 1.0) if top > 0 else 0.0
    return 0 if share == 0 else max(1, round(share * (count - 1)))


def _can_write(text: str, encoding: str) -> bool:
    """Tell whether an encoding has every character of a text."""
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
