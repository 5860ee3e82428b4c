"""Tensors across the wire without pickle: bytes in a sealed memfd that judge and guest both map."""

from __future__ import annotations

import fcntl
import mmap
import os
from typing import Any, Protocol

import torch

from harness.fields import WireError
from harness.parts import DTYPES, Scalar, TensorLayout

ALIGNMENT_BYTES = 64
"""Start of every tensor in a segment: a cache line, as torch's own CPU allocator gives."""

_NAME_OF = {getattr(torch, name): name for name in DTYPES}


def dtype_name(dtype: torch.dtype) -> str:
    """Give the wire's name of an element type; one that cannot cross gives torch's own name for it."""
    return _NAME_OF.get(dtype, str(dtype).removeprefix("torch."))


def layout_of(tensor: torch.Tensor, offset: int) -> TensorLayout:
    """Describe `tensor` as it would lie at `offset`; a broadcast dimension (stride 0) is kept."""
    return TensorLayout(dtype_name(tensor.dtype), tuple(tensor.shape), tuple(tensor.stride()), offset)


def stand_in(part: TensorLayout | Scalar) -> Any:
    """Give a tensor of this form without memory (device `meta`), or the scalar itself."""
    if isinstance(part, Scalar):
        return part.value
    return torch.empty_strided(part.shape, part.stride, dtype=getattr(torch, part.dtype), device="meta")


def aligned(offset: int) -> int:
    """Give the first aligned offset that is not before `offset`."""
    return -(-offset // ALIGNMENT_BYTES) * ALIGNMENT_BYTES


class Room(Protocol):
    """Memory that judge and guest share, and in which tensors lie: a `Segment`, or a device's memory."""

    size_bytes: int
    bytes: torch.Tensor

    def view(self, layout: TensorLayout) -> torch.Tensor:
        """Give the tensor that lies where `layout` says, sharing its memory."""

    def write(self, tensor: torch.Tensor, offset: int) -> TensorLayout:
        """Copy `tensor` to `offset` with its own strides, and say where it lies."""


class Segment:
    """Shared memory of a fixed size that neither side can shrink or grow.

    The judge makes and maps it before the guest starts; pages cost memory once they are touched.

    Attributes:
        descriptor: of the memfd.
        size_bytes: of all of it.
        bytes: all of it as a uint8 tensor.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.size_bytes = os.fstat(descriptor).st_size
        self._map = mmap.mmap(descriptor, self.size_bytes)
        self.bytes = torch.frombuffer(self._map, dtype=torch.uint8)

    @classmethod
    def create(cls, label: str, size_bytes: int) -> Segment:
        """Make a sealed segment; the judge's side."""
        descriptor = os.memfd_create(label, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(descriptor, size_bytes)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        return cls(descriptor)

    def view(self, layout: TensorLayout) -> torch.Tensor:
        """Give the tensor that lies where `layout` says, sharing its memory; its storage holds that tensor alone.

        Raises:
            WireError: it would reach beyond the segment, or is not aligned to its element size.
        """
        dtype: torch.dtype = getattr(torch, layout.dtype)
        extent_bytes = layout.extent_bytes
        if layout.offset + extent_bytes > self.size_bytes:
            raise WireError(f"a tensor of {extent_bytes} bytes at {layout.offset} reaches beyond {self.size_bytes}")
        if layout.offset % DTYPES[layout.dtype]:
            raise WireError(f"a {layout.dtype} tensor at {layout.offset} is not aligned to its elements")
        if extent_bytes == 0:
            return torch.empty_strided(layout.shape, layout.stride, dtype=dtype)
        count = extent_bytes // DTYPES[layout.dtype]
        flat = torch.frombuffer(self._map, dtype=dtype, count=count, offset=layout.offset)
        return flat.as_strided(layout.shape, layout.stride)

    def write(self, tensor: torch.Tensor, offset: int) -> TensorLayout:
        """Copy `tensor` to `offset` with its own strides, and say where it lies."""
        layout = layout_of(tensor, offset)
        target, source = self.view(layout), tensor
        for dimension, step in enumerate(layout.stride):
            if step == 0 and layout.shape[dimension] > 1:
                target, source = target.narrow(dimension, 0, 1), source.narrow(dimension, 0, 1)
        target.copy_(source)
        return layout

    def close(self) -> None:
        """Give the descriptor back; the mapping goes with the last tensor that looks into it."""
        os.close(self.descriptor)
