"""Makes a guest's memory repeatable (nothing kept that is free), and keeps its allocator's own high-water mark."""

from __future__ import annotations

import ctypes
import gc
import os
from typing import Any

import torch
from torch.autograd.profiler import profile

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
_PR_SET_THP_DISABLE = 41
_MMAP_BYTES = 64 << 10
_PAGE_BYTES = 4096


def keep_nothing() -> None:
    """From now on give every larger block back to the system as soon as it is free; before any code is loaded.

    glibc otherwise learns from the blocks that are freed (up to 32 MiB) and keeps them, and huge pages round up: the
    same call would have another peak each time. Sources: mallopt(3), prctl(2).
    """
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_THP_DISABLE, 1, 0, 0, 0)
    for option, value in ((_M_MMAP_THRESHOLD, _MMAP_BYTES), (_M_TRIM_THRESHOLD, 0), (_M_TOP_PAD, 0)):
        libc.mallopt(option, value)
    # The profiler writes lines of its own to the log that a learner is shown.
    os.environ["KINETO_LOG_LEVEL"] = "99"
    # Its first use brings in libraries that would count as the submission's.
    watched = Allocator()
    watched.begin()
    watched.end()


def trim() -> None:
    """Give back what nobody uses any more."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
        torch.cuda.empty_cache()


def touch(memory: torch.Tensor, size_bytes: int) -> None:
    """Map the first bytes of a shared segment, so that reading or writing them later costs no memory."""
    memory[:size_bytes:_PAGE_BYTES].sum()


class Allocator:
    """What torch's allocator gave out at most between `begin` and `end`, above what was out before.

    On the CPU the profiler's `[memory]` events are added up (they come from the allocator itself, below all
    operators); on CUDA the caching allocator counts by itself. Memory that comes from elsewhere does not show.
    """

    def __init__(self) -> None:
        self._profile: Any = None
        self._before_bytes = 0

    def begin(self) -> None:
        """Start to watch."""
        if torch.cuda.is_initialized():
            torch.cuda.reset_peak_memory_stats()
            self._before_bytes = torch.cuda.memory_allocated()
        self._profile = profile(profile_memory=True)
        self._profile.__enter__()

    def end(self) -> int:
        """Stop, and give the bytes; 0 where nothing was watched."""
        if self._profile is None:
            return 0
        watched, self._profile = self._profile, None
        watched.__exit__(None, None, None)
        if torch.cuda.is_initialized():
            return max(0, torch.cuda.max_memory_allocated() - self._before_bytes)
        events = [event for event in watched.kineto_results.events() if event.name() == "[memory]"]
        return highest([event.nbytes() for event in sorted(events, key=lambda event: event.start_ns())])


def highest(changes: list[int]) -> int:
    """Give the highest sum of any first few of `changes`, at least 0."""
    now = top = 0
    for change in changes:
        now += change
        top = max(top, now)
    return top
