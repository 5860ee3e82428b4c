"""The cores that guests run on: one logical processor of each physical core that this judge may use."""

from __future__ import annotations

import os
from pathlib import Path

_SIBLINGS = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"


def usable_cores() -> tuple[int, ...]:
    """Give the number of one logical processor a core, in ascending order.

    Where the kernel does not tell which processors share a core, each counts as one.
    """
    chosen: dict[str, int] = {}
    for processor in sorted(os.sched_getaffinity(0)):
        try:
            core = Path(_SIBLINGS.format(processor)).read_text().strip()
        except OSError:
            core = str(processor)
        chosen.setdefault(core, processor)
    return tuple(chosen.values())
