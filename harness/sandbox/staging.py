"""The memory in which tensors come and go: inputs between bars, outputs poisoned and copied out, all compared again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from harness.parts import CallRequest, Scalar, Slot, TensorLayout
from harness.payload import ALIGNMENT_BYTES, Room, aligned, dtype_name, layout_of

Argument = torch.Tensor | int | float | bool | str | None
Arguments = Sequence[Argument]

MOST_CALLS = 64
"""More calls than this in one frame tell no more."""

_BAR_BYTES = 4096
"""Guard bar behind every input: an overrun of less than a page shows in the bitwise comparison."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What one returned tensor must look like before its values are of interest."""

    shape: tuple[int, ...]
    dtype: torch.dtype

    @property
    def size_bytes(self) -> int:
        """Bytes of the tensor, contiguous."""
        count = 1
        for size in self.shape:
            count *= size
        return count * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Staged:
    """What was written for one frame: its requests, and a private copy of the bytes of its inputs."""

    requests: tuple[CallRequest, ...]
    used_bytes: int
    before: torch.Tensor


class Staging:
    """Room for the inputs and the outputs of one guest, and the secret bytes that fill what is not theirs."""

    def __init__(self, inputs: Room, outputs: Room, generator: torch.Generator) -> None:
        self._inputs = inputs
        self._outputs = outputs
        self._generator = generator

    @property
    def device(self) -> str:
        """Type of the device on which the tensors lie: `cpu` or `cuda`."""
        return self._outputs.bytes.device.type

    def calls_that_fit(self, arguments: Arguments, promised: Sequence[Expected]) -> int:
        """Give how many calls of this size one frame can hold."""
        taken, given = self.room_for(arguments, promised)
        room = min(self._inputs.size_bytes // max(taken, 1), self._outputs.size_bytes // max(given, 1))
        return max(1, min(room, MOST_CALLS))

    def room_for(self, arguments: Arguments, promised: Sequence[Expected]) -> tuple[int, int]:
        """Give the bytes of both rooms that one call takes at most, bars included, unless strides leave gaps."""
        taken = sum(aligned(part.nbytes) + _BAR_BYTES for part in arguments if isinstance(part, torch.Tensor))
        return taken, sum(expected.size_bytes + ALIGNMENT_BYTES for expected in promised)

    def stage(self, batch: Sequence[Arguments], promised: Sequence[Expected]) -> Staged:
        """Write inputs behind each other with bars of secret bytes between them; poison the room for outputs."""
        requests, taken, given = [], 0, 0
        for arguments in batch:
            parts: list[TensorLayout | Scalar] = []
            for argument in arguments:
                if isinstance(argument, torch.Tensor):
                    layout = self._write(argument, taken)
                    taken = aligned(taken + layout.extent_bytes) + _BAR_BYTES
                    parts.append(layout)
                else:
                    parts.append(Scalar(argument))
            slots = []
            for expected in promised:
                slots.append(Slot(given, expected.size_bytes))
                given = aligned(given + expected.size_bytes) + ALIGNMENT_BYTES
            requests.append(CallRequest(tuple(parts), tuple(slots)))
        self._outputs.bytes[:given].fill_(self._secret_byte())
        before = self._inputs.bytes[:taken].clone()
        self._wait()
        return Staged(tuple(requests), taken, before)

    def snapshot(
        self, requests: Sequence[CallRequest], promised: Sequence[Expected]
    ) -> tuple[dict[int, tuple[torch.Tensor, ...]], float]:
        """On a GPU, copy the outputs of the last call and of a random one at once, and give them with the seconds.

        Kernels that a guest has launched go on while its processes stand. So the clock stops with these copies: what is
        written later is too late for a call that nobody could foresee.
        """
        if self.device == "cpu" or not requests:
            return {}, 0.0
        start = time.perf_counter()
        chosen = {len(requests) - 1, int(torch.randint(len(requests), (), generator=self._generator))}
        copies = {number: self.copies(requests[number], promised) for number in chosen}
        self._wait()
        return copies, time.perf_counter() - start

    def copies(self, request: CallRequest, promised: Sequence[Expected]) -> tuple[torch.Tensor, ...]:
        """Copy the outputs of one call to the judge's private memory, as what they were promised to be."""
        copied = []
        for slot, expected in zip(request.slots, promised, strict=True):
            stride = torch.empty(expected.shape, device="meta").stride()
            layout = TensorLayout(dtype_name(expected.dtype), expected.shape, stride, aligned(slot.offset))
            copied.append(self._outputs.view(layout).clone())
        return tuple(copied)

    def _wait(self) -> None:
        """Wait until the judge's own work on the GPU is done, where there is one."""
        if self.device != "cpu":
            torch.cuda.synchronize()

    def _write(self, tensor: torch.Tensor, offset: int) -> TensorLayout:
        """Write one input and its bar; gaps that its strides leave are filled as well."""
        end = offset + layout_of(tensor, offset).extent_bytes
        gapless = end - offset == tensor.nbytes
        self._inputs.bytes[end if gapless else offset : aligned(end) + _BAR_BYTES].fill_(self._secret_byte())
        return self._inputs.write(tensor, offset)

    def _secret_byte(self) -> int:
        return int(torch.randint(1, 255, (), generator=self._generator))

    def first_changed_byte(self, staged: Staged) -> int | None:
        """Give the offset of the first byte of the inputs that is not what it was; None where all are."""
        after = self._inputs.bytes[: staged.used_bytes]
        if torch.equal(after, staged.before):
            return None
        return int((after != staged.before).nonzero()[0])


def forms_of(arguments: Arguments) -> tuple[TensorLayout | Scalar, ...]:
    """Describe arguments of which only the form is of interest."""
    return tuple(layout_of(part, 0) if isinstance(part, torch.Tensor) else Scalar(part) for part in arguments)


def shapes_of(arguments: Arguments) -> str:
    """Describe the shapes of a call's tensors, as a failure shows them (`(3, 5) x (5, 2)`)."""
    return " x ".join(str(tuple(part.shape)) for part in arguments if isinstance(part, torch.Tensor))
