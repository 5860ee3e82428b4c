"""One launch of an interpreted kernel: the memory it may know, and the bytes that each of its lines has touched."""

from __future__ import annotations

import bisect
import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from harness.inside.races import Races
from harness.kernel_parts import MOST_ACCESSES
from harness.readings import Cause

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Addresses = np.ndarray[Any, np.dtype[np.uint64]]


class KernelFault(Exception):
    """A kernel did what fails a check; `cause` is the word for it."""

    def __init__(self, cause: Cause, message: str) -> None:
        super().__init__(message)
        self.cause = cause


class Unsupported(Exception):
    """A kernel asks for what the interpreter can't do, which says nothing about the kernel."""


@dataclass(slots=True)
class Memory:
    """One storage: its addresses from `start` to before `end`, the kernel's parameter, and whose it is."""

    start: int
    end: int
    parameter: str
    owner: str
    storage: torch.UntypedStorage

    def bytes(self) -> Bytes:
        """Give all of it, as it is now."""
        return bytes_of(self.storage)


@dataclass(slots=True)
class _Row:
    memory: Memory
    kind: str
    file: str
    line: int
    touched: Bytes
    requested_bytes: int = 0


@dataclass(slots=True)
class Launch:
    """One launch while it runs: what it may touch, and what it has touched so far."""

    kernel: str
    file: str
    line: int
    alternatives: int
    memories: list[Memory]
    grid: tuple[int, int, int] = (0, 0, 0)
    rows: dict[tuple[str, int, str, int], _Row] = field(default_factory=dict)
    has_memory: bool = True
    program: int = 0
    races: dict[int, Races] = field(default_factory=dict)

    def access(self, kind: str, addresses: Addresses, size: int, place: tuple[str, int]) -> None:
        """Count one access of unmasked lanes, `size` bytes each.

        Raises:
            KernelFault: an address lies outside of every tensor that the kernel may know.
        """
        for memory, part in self._by_memory(kind, addresses, size, place):
            key = (kind, memory.start, *place)
            if (row := self.rows.get(key)) is None:
                if len(self.rows) >= MOST_ACCESSES:
                    raise KernelFault(Cause.RUNTIME, f"kernel {self.kernel} accesses memory in too many places")
                touched = np.zeros(memory.end - memory.start if self.has_memory else 0, dtype=np.uint8)
                row = self.rows[key] = _Row(memory, kind, *place, touched)
            row.requested_bytes += part.size * size
            if self.has_memory:
                offsets = part - np.uint64(memory.start)
                _mark(row.touched, offsets, size)
                if memory.start not in self.races:
                    self.races[memory.start] = Races(memory.end - memory.start)
                self.races[memory.start].access(kind, offsets, size, self.program)

    def _by_memory(
        self, kind: str, addresses: Addresses, size: int, place: tuple[str, int]
    ) -> Iterator[tuple[Memory, Addresses]]:
        low, high = int(addresses.min()), int(addresses.max())
        while True:
            number = bisect.bisect_right(self.memories, low, key=lambda one: one.start) - 1
            memory = self.memories[number] if number >= 0 else None
            if memory is None or low + size > memory.end:
                raise KernelFault(Cause.ILLEGAL_ACCESS, self._stray(kind, low, size, place))
            if high + size <= memory.end:
                yield memory, addresses
                return
            inside = addresses <= memory.end - size
            yield memory, addresses[inside]
            addresses = addresses[~inside]
            low = int(addresses.min())

    def _stray(self, kind: str, address: int, size: int, place: tuple[str, int]) -> str:
        where = f"{place[0]} line {place[1]}" if place[1] else "a line without a file"
        known = [one for one in self.memories if one.parameter]
        if not known:
            return f"kernel {self.kernel}, {where}: a {kind} outside of every tensor; it was given none"
        near = min(known, key=lambda one: one.start - address if address < one.start else address - one.end)
        before = near.start - address
        distance = f"{before} bytes before its start" if before > 0 else f"{address - near.start} bytes from its start"
        return (
            f"kernel {self.kernel}, {where}: a {kind} of {size} bytes outside of every tensor; the nearest is "
            f"{near.parameter} of {near.end - near.start} bytes, and the address lies {distance}: mask it, or "
            "work the offset out in 64 bits"
        )

    def unique(self, memory: Memory, kinds: Sequence[str]) -> Bytes:
        """Tell for each byte of a memory whether it was touched in one of these ways."""
        touched = np.zeros(memory.end - memory.start if self.has_memory else 0, dtype=np.uint8)
        for row in self.rows.values():
            if row.memory is memory and row.kind in kinds:
                touched |= row.touched
        return touched


def bytes_of(storage: torch.UntypedStorage) -> Bytes:
    """Look at memory without torch, whose operators are being recorded."""
    held = (ctypes.c_uint8 * storage.nbytes()).from_address(storage.data_ptr())
    view: Bytes = np.ctypeslib.as_array(held)
    return view


def _mark(touched: Bytes, offsets: Addresses, size: int) -> None:
    """Mark `size` bytes from each offset; element by element where they are aligned to it."""
    if size in (2, 4, 8) and touched.size % size == 0 and not np.any(offsets % np.uint64(size)):
        touched.view(f"u{size}")[offsets // np.uint64(size)] = (1 << 8 * size) - 1
        return
    for step in range(size):
        touched[offsets + np.uint64(step)] = 0xFF
