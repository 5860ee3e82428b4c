"""Whose turn it is on this machine: anything is timed alone, everything else runs side by side.

Two lock files, shared by every grading of every user of the machine. Who measures holds the second one alone, who tests
without a clock shares it. The first one is a gate: it is passed one by one, and who waits to measure stands in it, so
that those who share can't make that one wait for ever.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

GATE, WORK = "superfast-gate.lock", "superfast-timing.lock"


class Turns:
    """The turns of one grading; it holds at most one at a time.

    Attributes:
        waited_s: seconds spent on waiting for others, which no limit of a submission may count.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._gate: int | None = None
        self._work: int | None = None
        self._is_sharing = False
        self.waited_s = 0.0

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """Work beside others that measure nothing either."""
        self._pass_gate(fcntl.LOCK_SH)
        self._is_sharing = True
        try:
            yield
        finally:
            self._is_sharing = False
            self._unlock()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Measure: nobody else works meanwhile. Within a `shared` block, the share is given back and taken again."""
        was_sharing = self._is_sharing
        if was_sharing:
            self._unlock()
        self._pass_gate(fcntl.LOCK_EX)
        try:
            yield
        finally:
            self._unlock()
            if was_sharing:
                self._pass_gate(fcntl.LOCK_SH)

    def _pass_gate(self, kind: int) -> None:
        start_s = time.monotonic()
        if self._gate is None or self._work is None:
            self._gate, self._work = _lock_file(self._folder / GATE), _lock_file(self._folder / WORK)
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        fcntl.flock(self._work, kind)
        fcntl.flock(self._gate, fcntl.LOCK_UN)
        self.waited_s += time.monotonic() - start_s

    def _unlock(self) -> None:
        if self._work is not None:
            fcntl.flock(self._work, fcntl.LOCK_UN)


HERE = Turns(Path(tempfile.gettempdir()))
"""The turns of this process."""


def _lock_file(path: Path) -> int:
    """Open a lock for reading; made once, for every user of the machine, without following a link."""
    common = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, common | os.O_CREAT | os.O_EXCL, 0o644)
        os.fchmod(descriptor, 0o644)
        return descriptor
    return os.open(path, common)
