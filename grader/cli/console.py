"""What commands share of the terminal: colour, width, and writing to it whatever its encoding."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping

MIN_WIDTH, MAX_WIDTH = 60, 120


def wants_colour(environ: Mapping[str, str], isatty: bool) -> bool:
    """Tell whether to write colours: `NO_COLOR` over `FORCE_COLOR` over whether anybody watches.

    Source: no-color.org and force-color.org; either counts when it is set and not empty.
    """
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return isatty and environ.get("TERM") != "dumb"


def width() -> int:
    """Tell how many columns to use."""
    return max(MIN_WIDTH, min(MAX_WIDTH, shutil.get_terminal_size((100, 24)).columns))


def stdout_colour() -> bool:
    """Tell whether standard output gets colours."""
    return wants_colour(os.environ, sys.stdout.isatty())


def write_data(data: str | bytes) -> None:
    """Write to standard output; characters that its encoding lacks become question marks, never a traceback."""
    if isinstance(data, bytes):
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
    else:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(data.encode(encoding, errors="replace").decode(encoding))
    sys.stdout.flush()
