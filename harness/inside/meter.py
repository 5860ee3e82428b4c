"""Counts the bytes that interpreted kernels load and store, by tensor and by line, and refuses stray addresses."""

from __future__ import annotations

import bisect
import ctypes
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from harness.kernel_parts import MOST_ACCESSES, MOST_LAUNCHES, KernelAccess, KernelLaunch, KernelMemory
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
        return _bytes_of(self.storage)


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
                touched = np.zeros(memory.end - memory.start, dtype=np.uint8)
                row = self.rows[key] = _Row(memory, kind, *place, touched)
            row.requested_bytes += part.size * size
            _mark(row.touched, part - np.uint64(memory.start), size)

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
        touched = np.zeros(memory.end - memory.start, dtype=np.uint8)
        for row in self.rows.values():
            if row.memory is memory and row.kind in kinds:
                touched |= row.touched
        return touched


def _bytes_of(storage: torch.UntypedStorage) -> Bytes:
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


class Meter:
    """All launches of one call, and the memory that its kernels may know.

    Attributes:
        launches: in order.
        fault: the first thing that a kernel did wrong; it stands even if the wrapper hides it.
        fault_trace: the error that a kernel ended with, for its traceback.
        unsupported: the first thing that the interpreter can't do.
        notes: what was mended in the interpreter's arithmetic.
        alternatives: configurations of the tuned kernel that is launched now.
        current: the launch that runs now.
    """

    def __init__(self, folder: str, arguments: Sequence[Any], most_programs: int, *, is_ghost: bool) -> None:
        self._folder = folder.rstrip("/") + "/"
        self.most_programs = most_programs
        self.is_ghost = is_ghost
        self.launches: list[Launch] = []
        self.fault: KernelFault | None = None
        self.fault_trace: BaseException | None = None
        self.unsupported: str | None = None
        self.notes: dict[str, None] = {}
        self.alternatives = 1
        self.current: Launch | None = None
        self._owners: dict[int, tuple[str, torch.UntypedStorage]] = {}
        self._stored: dict[int, tuple[Bytes, Bytes]] = {}
        for number, argument in enumerate(arguments):
            if isinstance(argument, torch.Tensor):
                self.own(argument, f"argument {number}")

    def own(self, tensor: torch.Tensor, owner: str) -> None:
        """Note whose memory this is, and keep it: an address is not given away twice within a call."""
        storage = tensor.untyped_storage()
        if storage.nbytes() and storage.data_ptr():
            self._owners.setdefault(storage.data_ptr(), (owner, storage))

    def begin(self, kernel: str, file: str, line: int, tensors: dict[str, torch.Tensor]) -> Launch:
        """Start a launch on these tensors, by the parameter's name."""
        if len(self.launches) >= MOST_LAUNCHES:
            raise KernelFault(Cause.RUNTIME, f"one call launches more than {MOST_LAUNCHES} kernels")
        parameters: dict[int, str] = {}
        for name, tensor in tensors.items():
            self.own(tensor, "made inside")
            parameters.setdefault(tensor.untyped_storage().data_ptr(), name)
        memories = [
            Memory(start, start + storage.nbytes(), parameters.get(start, ""), owner, storage)
            for start, (owner, storage) in sorted(self._owners.items())
        ]
        self.current = Launch(kernel, self._relative(file), line, self.alternatives, memories)
        self.launches.append(self.current)
        return self.current

    def end(self, launch: Launch) -> None:
        """Keep what the launch stored, to see later whether anything else has changed it."""
        self.current = None
        for memory in {row.memory.start: row.memory for row in launch.rows.values()}.values():
            stored = launch.unique(memory, ("store", "atomic"))
            if not stored.any():
                continue
            before = self._stored.get(memory.start)
            if before is not None and before[0].size == stored.size:
                # What an earlier launch stored counts on only where nothing has touched it in between.
                stored |= before[0] * (before[1] == memory.bytes())
            self._stored[memory.start] = stored, memory.bytes().copy()

    def admit(self, launch: Launch, grid: tuple[int, int, int]) -> None:
        """Note the grid.

        Raises:
            KernelFault: it is too large to be interpreted.
        """
        launch.grid = grid
        programs = grid[0] * grid[1] * grid[2]
        if programs > self.most_programs:
            raise KernelFault(
                Cause.TIMEOUT,
                f"kernel {launch.kernel} asks for {programs} programs; at most {self.most_programs} are interpreted "
                "for inputs of this size: let each program do more",
            )

    def access(self, kind: str, addresses: Any, mask: Any, bits: int) -> None:
        """Count one load, store or atomic operation of the program that runs now."""
        if self.current is None:
            return
        active = np.broadcast_to(np.asarray(mask, dtype=bool), np.shape(addresses))
        flat = np.asarray(addresses, dtype=np.uint64)[active]
        if flat.size:
            self.current.access(kind, flat, max(1, bits // 8), self._place())

    def written_bytes(self, tensor: torch.Tensor) -> int:
        """Count the bytes of an output that a kernel stored last."""
        storage = tensor.untyped_storage()
        stored, kept = self._stored.get(storage.data_ptr(), (None, None))
        if stored is None or kept is None:
            return 0
        still = (stored != 0) & (kept == _bytes_of(storage))
        if tensor.is_contiguous():
            first = tensor.storage_offset() * tensor.element_size()
            still = still[first : first + tensor.nbytes]
        return int(np.count_nonzero(still))

    def report(
        self, outputs: Sequence[torch.Tensor]
    ) -> tuple[tuple[KernelLaunch, ...], tuple[KernelMemory, ...], tuple[KernelAccess, ...]]:
        """Give everything that was seen, as parts of a message."""
        returned = {tensor.untyped_storage().data_ptr(): f"output {number}" for number, tensor in enumerate(outputs)}
        memories: list[KernelMemory] = []
        accesses: list[KernelAccess] = []
        for number, launch in enumerate(self.launches):
            indices = {}
            for memory in launch.memories:
                loaded = launch.unique(memory, ("load", "atomic"))
                stored = launch.unique(memory, ("store", "atomic"))
                if memory.parameter or loaded.any() or stored.any():
                    indices[memory.start] = len(memories)
                    owner = returned.get(memory.start, memory.owner)
                    loads, stores = int(np.count_nonzero(loaded)), int(np.count_nonzero(stored))
                    memories.append(KernelMemory(number, memory.parameter, owner, loads, stores))
            for row in launch.rows.values():
                index, unique_bytes = indices[row.memory.start], int(np.count_nonzero(row.touched))
                accesses.append(
                    KernelAccess(number, index, row.kind, row.file, row.line, row.requested_bytes, unique_bytes)
                )
        launches = tuple(
            KernelLaunch(one.kernel, one.file, one.line, one.grid, one.alternatives) for one in self.launches
        )
        return launches, tuple(memories[:MOST_ACCESSES]), tuple(accesses[:MOST_ACCESSES])

    def in_submission(self) -> bool:
        """Whether the submission's own code is on the stack."""
        return bool(self._place()[1])

    def _place(self) -> tuple[str, int]:
        """Give file and line of the innermost frame that is the submission's."""
        frame = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename.startswith(self._folder):
                return self._relative(frame.f_code.co_filename), frame.f_lineno
            frame = frame.f_back  # type: ignore[assignment]
        return "", 0

    def _relative(self, file: str) -> str:
        return file.removeprefix(self._folder) if file.startswith(self._folder) else ""
