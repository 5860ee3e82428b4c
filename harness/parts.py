"""The parts of which messages are made: where tensors lie in a segment, and what one call takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from harness.fields import WireError, array, boolean, guest_text, integer, name, record, union

MAX_CALLS = 256
MAX_TENSORS = 64

DTYPES = {
    "float64": 8,
    "float32": 4,
    "float16": 2,
    "bfloat16": 2,
    "int64": 8,
    "int32": 4,
    "int16": 2,
    "int8": 1,
    "uint8": 1,
    "bool": 1,
    "complex64": 8,
    "complex128": 16,
}
"""Element types that may cross, with their size in bytes."""


@dataclass(frozen=True, slots=True)
class TensorLayout:
    """Where a tensor lies in a segment: `offset` in bytes to its first element, `stride` in elements."""

    dtype: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int

    SPEC: ClassVar[dict[str, Any]] = {
        "dtype": name(DTYPES),
        "shape": array(integer(0, 1 << 40), 8),
        "stride": array(integer(0, 1 << 40), 8),
        "offset": integer(0, 1 << 46),
    }

    def __post_init__(self) -> None:
        """Refuse a layout whose shape and stride do not belong together."""
        if len(self.shape) != len(self.stride):
            raise WireError(f"layout has {len(self.shape)} sizes and {len(self.stride)} strides")

    @property
    def extent_bytes(self) -> int:
        """Bytes from the first element to the end of the last one; 0 for an empty tensor."""
        if 0 in self.shape:
            return 0
        last = sum((size - 1) * step for size, step in zip(self.shape, self.stride, strict=True))
        return (last + 1) * DTYPES[self.dtype]


@dataclass(frozen=True, slots=True)
class Scalar:
    """An argument that is not a tensor: a number, a truth value, a short text or nothing."""

    value: int | float | bool | str | None

    SPEC: ClassVar[dict[str, Any]] = {"value": union(bool, int, float, str, type(None))}


@dataclass(frozen=True, slots=True)
class Slot:
    """Room in the output segment that one returned tensor may fill: `offset` and `capacity` in bytes."""

    offset: int
    capacity: int

    SPEC: ClassVar[dict[str, Any]] = {"offset": integer(0, 1 << 46), "capacity": integer(0, 1 << 46)}


@dataclass(frozen=True, slots=True)
class CallRequest:
    """One call of the submission's function: what goes in, and where each returned tensor is to be put."""

    arguments: tuple[TensorLayout | Scalar, ...]
    slots: tuple[Slot, ...]

    SPEC: ClassVar[dict[str, Any]] = {
        "arguments": array(record(TensorLayout, Scalar), MAX_TENSORS),
        "slots": array(record(Slot), MAX_TENSORS),
    }


@dataclass(frozen=True, slots=True)
class Returned:
    """What the guest says of one returned tensor; `written` is false when it did not fit into its slot."""

    dtype: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    device: str
    written: bool

    SPEC: ClassVar[dict[str, Any]] = {
        "dtype": guest_text(40),
        "shape": array(integer(0, 1 << 62), 64),
        "stride": array(integer(0, 1 << 62), 64),
        "device": guest_text(40),
        "written": boolean(),
    }


@dataclass(frozen=True, slots=True)
class CompiledKernel:
    """One compiled kernel that was left in the output segment: what it is called, and where its three files lie.

    `alternative` counts the configurations of a tuned kernel from 0; `shared_bytes` is the shared memory that a launch
    would ask for; offsets and sizes are in bytes.
    """

    name: str
    capability: int
    alternative: int
    shared_bytes: int
    cubin_offset: int
    cubin_size: int
    ptx_offset: int
    ptx_size: int
    ttir_offset: int
    ttir_size: int

    SPEC: ClassVar[dict[str, Any]] = {
        "name": guest_text(200),
        "capability": integer(0, 1000),
        "alternative": integer(0, 1 << 16),
        "shared_bytes": integer(0, 1 << 30),
        "cubin_offset": integer(0, 1 << 46),
        "cubin_size": integer(0, 1 << 30),
        "ptx_offset": integer(0, 1 << 46),
        "ptx_size": integer(0, 1 << 30),
        "ttir_offset": integer(0, 1 << 46),
        "ttir_size": integer(0, 1 << 30),
    }
