"""Keeps honest mistakes out of the conversation: the socket out of reach, outputs checked before they are touched."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import torch

from harness.parts import DTYPES, Returned, Slot, TensorLayout
from harness.payload import Room, aligned, dtype_name

Function = Callable[..., Any]

_exact_type, _Tensor = type, torch.Tensor
_copy = torch.Tensor.copy_
"""Taken before the submission runs, so that an honest patch of torch does not reach the runner."""


class WrongReturn(TypeError):
    """A function returned something that is not what its signature promises."""


def out_of_reach(descriptor: int) -> int:
    """Move the judge's socket to a high number that children don't inherit; standard streams can't collide with it."""
    moved = os.dup(descriptor)
    high = max(moved, 200)
    if moved != high:
        os.dup2(moved, high, inheritable=False)
        os.close(moved)
    os.close(descriptor)
    return high


def returned_tensors(value: Any, count: int) -> tuple[torch.Tensor, ...]:
    """Take apart what a function returned: one tensor, or a tuple or list of `count` tensors.

    The type is compared before any method of the value runs: a subclass could compute when it is looked at.

    Raises:
        WrongReturn: it is something else.
    """
    values = (value,) if count == 1 and _exact_type(value) not in (tuple, list) else value
    if _exact_type(values) not in (tuple, list) or len(values) != count:
        raise WrongReturn(f"expected {count} tensors, got {_described(value)}")
    for part in values:
        if _exact_type(part) is not _Tensor:
            raise WrongReturn(f"expected torch.Tensor itself, got {_described(part)}")
        if part.layout is not torch.strided:
            raise WrongReturn(f"expected a dense tensor, got one of layout {part.layout}")
    return tuple(values)


def put(tensor: torch.Tensor, slot: Slot, segment: Room) -> Returned:
    """Copy one returned tensor, made contiguous, into its slot and describe it as it was returned."""
    name = dtype_name(tensor.dtype)
    shape, stride = tuple(tensor.shape), tuple(tensor.stride())
    written = name in DTYPES and tensor.device.type in ("cpu", "cuda")
    if written:
        packed = TensorLayout(name, shape, _packed(shape), aligned(slot.offset))
        written = packed.extent_bytes <= slot.capacity
        if written:
            _copy(segment.view(packed), tensor.detach())
    return Returned(name, shape, stride, tensor.device.type, written)


def _packed(shape: tuple[int, ...]) -> tuple[int, ...]:
    stride, step = [], 1
    for size in reversed(shape):
        stride.append(step)
        step *= max(size, 1)
    return tuple(reversed(stride))


def _described(value: Any) -> str:
    kind = _exact_type(value)
    if kind in (tuple, list):
        return f"a {kind.__name__} of {len(value)}"
    return f"{kind.__module__}.{kind.__qualname__}"
