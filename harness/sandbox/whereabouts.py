"""Where a guest's arithmetic happens, seen from outside: program counters of a stopped process, as pages of code.

A library routine spends its time on a few pages of code. They are found once with a trusted guest that calls it; then
any door to the same routine (an obscure operator, ctypes, C++, a recurrent layer) shows the same pages, whatever the
submission patched or hid. Code that is generated in memory belongs to no file; it is told by its own bytes.
"""

from __future__ import annotations

import bisect
import collections
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from harness.sandbox import procfs

Page = tuple[str, int]
"""Name of the mapped file, and the number of the 4 KiB page in it; for generated code a hash of the 64 bytes there."""

ANONYMOUS = "[anonymous]"
_WAITING = ("libgomp", "libiomp", "libc.so", "libpthread", "ld-linux", "libc-")
"""Idle threads spin, copy and wait in these, whatever the work is."""

LIBRARIES = ("libmkl", "openblas", "libblis", "libdnnl", "libatlas", "libcblas", "libarmpl")
"""Libraries of matrix products by name: time in them is a library product, calibrated or not."""

_LEAST_HITS = 3
_CHUNK_BYTES = 64
_UNREADABLE = (ANONYMOUS, 0)


@dataclass(slots=True)
class Whereabouts:
    """Pages on which the running threads of a guest were found, with how often.

    Attributes:
        hits: samples a page, those in which a thread merely waited left out.
    """

    hits: collections.Counter[Page] = field(default_factory=collections.Counter)

    @property
    def count(self) -> int:
        """Samples in all."""
        return self.hits.total()

    def pages(self) -> frozenset[Page]:
        """Give the pages that were met often enough to count as the home of what ran."""
        return frozenset(page for page, count in self.hits.items() if count >= _LEAST_HITS and page != _UNREADABLE)

    def share(self, pages: Iterable[Page]) -> float:
        """Give the share of samples on `pages` or in a library of matrix products; 0.0 where there are no samples."""
        wanted = set(pages)
        inside = sum(
            count for page, count in self.hits.items() if page in wanted or any(name in page[0] for name in LIBRARIES)
        )
        return inside / self.count if self.count else 0.0

    def by_file(self) -> dict[str, int]:
        """Give the samples a file, the most met first."""
        totals: collections.Counter[str] = collections.Counter()
        for (name, _), count in self.hits.items():
            totals[name] += count
        return dict(totals.most_common())

    def looker(self, members: Callable[[], set[int]]) -> Callable[[], None]:
        """Give a function that adds where the threads of the (standing) members are now."""
        maps: dict[int, _Maps] = {}

        def look() -> None:
            for pid in members():
                known = maps.setdefault(pid, _Maps(pid))
                for counter in running_counters(pid):
                    page = known.page_of(counter)
                    if not any(page[0].startswith(name) for name in _WAITING):
                        self.hits[page] += 1

        return look


def running_counters(pid: int) -> list[int]:
    """Give the program counter of each thread that was stopped while it ran (not in a system call)."""
    counters = []
    for thread in procfs.threads(pid):
        try:
            fields = Path(f"/proc/{pid}/task/{thread}/syscall").read_text().split()
        except OSError:
            continue
        if len(fields) == 3 and fields[0] == "-1":
            counters.append(int(fields[2], 16))
    return counters


class _Maps:
    """Executable mappings of one process, read anew when a counter lies in none of them."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._read()

    def page_of(self, counter: int) -> Page:
        """Give the page of a program counter."""
        found = self._find(counter)
        if found is None:
            self._read()
            found = self._find(counter)
        return self._generated(counter) if found is None or found[0] == ANONYMOUS else found

    def _generated(self, counter: int) -> Page:
        """Tell generated code by the bytes around the counter: the same routine is generated to the same bytes."""
        try:
            with Path(f"/proc/{self._pid}/mem").open("rb", buffering=0) as memory:
                memory.seek(counter // _CHUNK_BYTES * _CHUNK_BYTES)
                return (ANONYMOUS, zlib.crc32(memory.read(_CHUNK_BYTES)))
        except (OSError, ValueError):
            return _UNREADABLE

    def _find(self, counter: int) -> Page | None:
        index = bisect.bisect_right(self._starts, counter) - 1
        if index < 0:
            return None
        start, end, offset, name = self._ranges[index]
        if counter >= end:
            return None
        return (name, (counter - start + offset) >> 12)

    def _read(self) -> None:
        self._ranges: list[tuple[int, int, int, str]] = []
        try:
            lines = Path(f"/proc/{self._pid}/maps").read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        for line in lines:
            fields = line.split(maxsplit=5)
            if "x" in fields[1]:
                start, end = (int(edge, 16) for edge in fields[0].split("-"))
                name = fields[5].rsplit("/", 1)[-1] if len(fields) > 5 and fields[5].startswith("/") else ANONYMOUS
                self._ranges.append((start, end, int(fields[2], 16), name))
        self._starts = [start for start, *_ in self._ranges]
