"""Device memory that judge and guest share: allocated by the judge, mapped by the guest through a CUDA IPC handle.

It is used like a `payload.Segment`. The driver's own interface is called through ctypes: torch's sharing of tensors
pickles, and frees with the process that made it. Source: CUDA Driver API, "Memory Management" (cuIpc*).
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any

import torch

from harness.fields import WireError
from harness.parts import DTYPES, TensorLayout
from harness.payload import layout_of

HANDLE_BYTES = 64
_PAGE_BYTES = 2 << 20
"""An allocation smaller than this shares its block, and so its handle, with others of the process."""

_MOST_EXTENTS = 4096
"""A frame of 64 calls with ten tensors each has a sixth of it."""


class _Handle(ctypes.Structure):
    _fields_ = (("reserved", ctypes.c_char * HANDLE_BYTES),)


class _Extent:
    """Bytes on the device as other libraries see them (CUDA Array Interface, version 3); keeps their owner alive."""

    def __init__(self, pointer: int, size_bytes: int, owner: object) -> None:
        self.__cuda_array_interface__ = {
            "shape": (size_bytes,), "typestr": "|u1", "data": (pointer, False), "version": 3,
        }  # fmt: skip
        self._owner = owner


class DeviceMemory:
    """A range of device memory of a fixed size, on device 0 of this process.

    Attributes:
        handle: 128 hexadecimal digits by which another process can map it.
        size_bytes: of all of it.
        bytes: all of it as a uint8 tensor.
    """

    def __init__(self, pointer: int, size_bytes: int, handle: str) -> None:
        self._pointer = pointer
        self.size_bytes = size_bytes
        self.handle = handle
        self._extents: dict[tuple[int, int], torch.Tensor] = {}
        self.bytes = self._tensor(0, size_bytes)

    @classmethod
    def create(cls, size_bytes: int) -> DeviceMemory:
        """Allocate it; the judge's side.

        Raises:
            RuntimeError: there is no GPU, or not so much memory on it.
        """
        _enter_context()
        size_bytes = -(-size_bytes // _PAGE_BYTES) * _PAGE_BYTES
        pointer, handle = ctypes.c_uint64(), _Handle()
        _check(_driver().cuMemAlloc_v2(ctypes.byref(pointer), ctypes.c_size_t(size_bytes)), "allocate device memory")
        _check(_driver().cuIpcGetMemHandle(ctypes.byref(handle), pointer), "share device memory")
        return cls(pointer.value, size_bytes, bytes(handle).hex())

    @classmethod
    def open(cls, handle: str, size_bytes: int) -> DeviceMemory:
        """Map what another process has allocated; the guest's side."""
        _enter_context()
        pointer = ctypes.c_uint64()
        raw = _Handle.from_buffer_copy(bytes.fromhex(handle))
        _check(_driver().cuIpcOpenMemHandle_v2(ctypes.byref(pointer), raw, 1), "map the judge's device memory")
        return cls(pointer.value, size_bytes, handle)

    def view(self, layout: TensorLayout) -> torch.Tensor:
        """Give the tensor that lies where `layout` says, sharing its memory; its storage holds that tensor alone.

        Raises:
            WireError: it would reach beyond the memory, or is not aligned to its element size.
        """
        dtype: torch.dtype = getattr(torch, layout.dtype)
        extent_bytes = layout.extent_bytes
        if layout.offset + extent_bytes > self.size_bytes:
            raise WireError(f"a tensor of {extent_bytes} bytes at {layout.offset} reaches beyond {self.size_bytes}")
        if layout.offset % DTYPES[layout.dtype]:
            raise WireError(f"a {layout.dtype} tensor at {layout.offset} is not aligned to its elements")
        if extent_bytes == 0:
            return torch.empty_strided(layout.shape, layout.stride, dtype=dtype, device="cuda")
        return self._extent(layout.offset, extent_bytes).view(dtype).as_strided(layout.shape, layout.stride)

    def write(self, tensor: torch.Tensor, offset: int) -> TensorLayout:
        """Copy `tensor`, from wherever it lies, to `offset` with its own strides, and say where it lies."""
        layout = layout_of(tensor, offset)
        target, source = self.view(layout), tensor
        for dimension, step in enumerate(layout.stride):
            if step == 0 and layout.shape[dimension] > 1:
                target, source = target.narrow(dimension, 0, 1), source.narrow(dimension, 0, 1)
        target.copy_(source)
        return layout

    def close(self) -> None:
        """Free it; the judge's side, when no tensor looks into it any more."""
        torch.cuda.synchronize()
        _check(_driver().cuMemFree_v2(ctypes.c_uint64(self._pointer)), "free device memory")

    def _extent(self, offset: int, size_bytes: int) -> torch.Tensor:
        """Give a range as a tensor; kept, since making one takes as long as a fast kernel does."""
        key = offset, size_bytes
        if key not in self._extents:
            if len(self._extents) >= _MOST_EXTENTS:
                self._extents.clear()
            self._extents[key] = self._tensor(*key)
        return self._extents[key]

    def _tensor(self, offset: int, size_bytes: int) -> torch.Tensor:
        return torch.as_tensor(_Extent(self._pointer + offset, size_bytes, self), device="cuda")


def _enter_context() -> None:
    """Make torch's own context the one that the driver's calls of this thread work in."""
    torch.cuda.init()
    torch.empty(1, device="cuda")


@functools.cache
def _driver() -> Any:
    return ctypes.CDLL("libcuda.so.1")


def _check(status: int, what: str) -> None:
    if status != 0:
        text = ctypes.c_char_p()
        _driver().cuGetErrorString(status, ctypes.byref(text))
        said = text.value.decode() if text.value else "unknown"
        raise RuntimeError(f"could not {what}: CUDA driver error {status} ({said})")
