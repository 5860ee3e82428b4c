"""Counts the bytes that interpreted kernels load and store, by tensor and by line, and refuses stray addresses."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from random import SystemRandom
from typing import Any

import numpy as np
import torch

from harness.inside.launch import Bytes, KernelFault, Launch, Memory, bytes_of
from harness.kernel_parts import (
    MOST_ACCESSES,
    MOST_LAUNCHES,
    Interpreting,
    KernelAccess,
    KernelLaunch,
    KernelMemory,
)  # fmt: skip
from harness.readings import Cause


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

    def __init__(
        self, folder: str, arguments: Sequence[Any], how: Interpreting,
        address_of: Callable[[torch.UntypedStorage], int] = torch.UntypedStorage.data_ptr,
    ) -> None:  # fmt: skip
        self._folder = folder.rstrip("/") + "/"
        self._address_of = address_of
        self.how = how
        # Which programs are looked at can't be foreseen.
        self._random = SystemRandom()
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
        if storage.nbytes() and (start := self._address_of(storage)):
            self._owners.setdefault(start, (owner, storage))

    def begin(self, kernel: str, file: str, line: int, tensors: dict[str, torch.Tensor]) -> Launch:
        """Start a launch on these tensors, by the parameter's name."""
        if len(self.launches) >= MOST_LAUNCHES:
            raise KernelFault(Cause.RUNTIME, f"one call launches more than {MOST_LAUNCHES} kernels")
        parameters: dict[int, str] = {}
        for name, tensor in tensors.items():
            self.own(tensor, "made inside")
            parameters.setdefault(self._address_of(tensor.untyped_storage()), name)
        memories = [
            Memory(start, start + storage.nbytes(), parameters.get(start, ""), owner, storage)
            for start, (owner, storage) in sorted(self._owners.items())
        ]
        self.current = Launch(kernel, self._relative(file), line, self.alternatives, memories)
        self.current.has_memory = not self.how.reach
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
        if programs > self.how.most_programs and not self.how.reach:
            raise KernelFault(
                Cause.TIMEOUT,
                f"kernel {launch.kernel} asks for {programs} programs; at most {self.how.most_programs} are "
                "interpreted for inputs of this size: let each program do more",
            )

    def programs(self, grid: tuple[int, int, int]) -> Iterable[tuple[int, ...]]:
        """Give the programs that run: all of them, none in a ghost call, the outermost and random ones for reach."""
        if self.how.is_ghost:
            return ()
        if not self.how.reach:
            return np.ndindex(*grid)
        count, few = grid[0] * grid[1] * grid[2], self.how.reach
        outer = {number for number in (0, 1, count - 2, count - 1) if 0 <= number < count}
        chosen = outer | {self._random.randrange(count) for _ in range(few if count else 0)}
        numbers = sorted(outer) + sorted(chosen - outer)
        return [tuple(map(int, np.unravel_index(number, grid))) for number in numbers[:few]]

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
        still = (stored != 0) & (kept == bytes_of(storage))
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
                    races = launch.races.get(memory.start)
                    raced_bytes = 0 if races is None else races.raced_bytes
                    memories.append(KernelMemory(number, memory.parameter, owner, loads, stores, raced_bytes))
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
