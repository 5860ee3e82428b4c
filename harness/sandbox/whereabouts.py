"""Where a guest's arithmetic happens, seen from outside: program counters of a stopped process, as pages of code.

A library routine spends its time on a few pages of code. They are found once with a trusted guest that calls it; then
any door to the same routine (an obscure operator, ctypes, C++, a recurrent layer) shows the same pages, whatever the
submission patched or hid. Code that is generated in memory belongs to no file; it is told by its own bytes.
"""

from __future__ import annotations

import bisect
import collections
import functools
import mmap
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.sandbox import procfs
from harness.sandbox.guest_root import SYSTEM_PATHS, interpreter_paths

Page = tuple[str, int]
"""Name of a library's file and the number of the 4 KiB page in it; path of a file of the submission's own and the
number of the 64-byte chunk in it; for generated code a hash of its chunk."""

ANONYMOUS = "[anonymous]"
_WAITING = ("libgomp", "libiomp", "libc.so", "libpthread", "ld-linux", "libc-")
"""Idle threads spin, copy and wait in these, whatever the work is."""

LIBRARIES = ("libmkl", "openblas", "libblis", "libdnnl", "libatlas", "libcblas", "libarmpl")
"""Libraries of matrix products by name: time in them is a library product, calibrated or not."""

_LEAST_HITS, _HOME_SHARE = 3, 0.8
_CHUNK_BYTES, _PAGE_BYTES = 64, 4096
_UNREADABLE = (ANONYMOUS, 0)


@dataclass(slots=True)
class Whereabouts:
    """Pages on which the running threads of a guest were found, with how often.

    Attributes:
        hits: samples a page, those in which a thread merely waited left out.
        code: bytes of each page: all of it where a file of this machine holds it, else those that were being run.
    """

    hits: collections.Counter[Page] = field(default_factory=collections.Counter)
    code: dict[Page, bytes] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Samples in all."""
        return self.hits.total()

    def pages(self) -> frozenset[Page]:
        """Give the home of what ran: the fewest pages on which `_HOME_SHARE` of the samples lie.

        What a call does besides (copies, checks) is spread thinly, and honest code does it too.
        """
        found, wanted = [], _HOME_SHARE * self.count
        for page, count in self.hits.most_common():
            if wanted <= 0 or count < _LEAST_HITS:
                break
            wanted -= count
            found.append(page)
        return frozenset(page for page in found if page != _UNREADABLE)

    def share(self, home: Whereabouts) -> float:
        """Give the share of samples on the pages of `home`, in a library of matrix products, or in a copy of either.

        A copy is told by the bytes that were being run: the submission can name a file as it likes.
        """
        wanted = home.pages()
        inside = sum(count for page, count in self.hits.items() if page in wanted or self._is_library(page, home))
        return inside / self.count if self.count else 0.0

    def _is_library(self, page: Page, home: Whereabouts) -> bool:
        if page[0] != ANONYMOUS and not page[0].startswith("/"):
            return any(name in page[0] for name in LIBRARIES)
        running = self.code.get(page, b"")
        if len(running) < _CHUNK_BYTES:
            return False
        return any(running in home.code[known] for known in home.pages()) or _is_in_a_library(running)

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
                    page, code = known.page_of(counter)
                    self.code.setdefault(page, code)
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


@functools.cache
def _known_roots() -> tuple[str, ...]:
    """Folders that a guest sees and cannot write, as they begin its paths."""
    return tuple(f"{path}/" for path in (*SYSTEM_PATHS, *interpreter_paths()))


@functools.cache
def _is_in_a_library(code: bytes) -> bool:
    return any(text.find(code) >= 0 for text in _library_texts())


@functools.cache
def _library_texts() -> tuple[mmap.mmap, ...]:
    """Map every installed library of matrix products."""
    found = {
        path.resolve()
        for root in (*map(Path, SYSTEM_PATHS), *interpreter_paths())
        for path in root.rglob("*.so*")
        if any(name in path.name for name in LIBRARIES)
    }
    texts = []
    for path in found:
        with path.open("rb") as file:
            texts.append(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return tuple(texts)


class _Maps:
    """Executable mappings of one process, read anew when a counter lies in none of them.

    Only files that no guest can write are libraries by their name; what lies anywhere else is told by its bytes.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._read()

    def page_of(self, counter: int) -> tuple[Page, bytes]:
        """Give the page of a program counter, and its code."""
        found = self._find(counter)
        if found is None:
            self._read()
            found = self._find(counter)
        name, offset = found or (ANONYMOUS, 0)
        if name != ANONYMOUS and not name.startswith("/"):
            return (name, offset // _PAGE_BYTES), self._memory(counter // _PAGE_BYTES * _PAGE_BYTES, _PAGE_BYTES)
        running = self._memory(counter, _CHUNK_BYTES)
        if name != ANONYMOUS:
            return (name, offset // _CHUNK_BYTES), running
        chunk = self._memory(counter // _CHUNK_BYTES * _CHUNK_BYTES, _CHUNK_BYTES)
        return (ANONYMOUS, zlib.crc32(chunk)) if chunk else _UNREADABLE, running

    def _memory(self, start: int, size: int) -> bytes:
        try:
            with Path(f"/proc/{self._pid}/mem").open("rb", buffering=0) as memory:
                memory.seek(start)
                return memory.read(size)
        except (OSError, ValueError):
            return b""

    def _find(self, counter: int) -> tuple[str, int] | None:
        """Give the file that a counter lies in, and the offset in it."""
        index = bisect.bisect_right(self._starts, counter) - 1
        if index < 0:
            return None
        start, end, offset, name = self._ranges[index]
        if counter >= end:
            return None
        return (name, counter - start + offset)

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
                path = fields[5] if len(fields) > 5 else ""
                own = path if path.startswith("/") else ANONYMOUS
                name = path.rsplit("/", 1)[-1] if path.startswith(_known_roots()) else own
                self._ranges.append((start, end, int(fields[2], 16), name))
        self._starts = [start for start, *_ in self._ranges]
