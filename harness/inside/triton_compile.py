"""Compiles the kernels that a submission would launch, and leaves what comes out of it in the output segment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from harness import parts
from harness.inside.triton_launches import capture_launches, compile_launches
from harness.payload import Room, aligned, stand_in
from harness.wire import Compile


def compile_into(
    segment: Room, function: Callable[..., Any], question: Compile
) -> tuple[parts.CompiledKernel, ...]:  # fmt: skip
    """Call `function` on stand-ins for CUDA tensors and compile what it launches, once for each capability.

    Raises:
        Exception: whatever the wrapper, or Triton's compiler, raises.
    """
    kernels = []
    end = 0
    for capability in question.capabilities:
        launches = capture_launches(function, [stand_in(part) for part in question.arguments], capability)
        chosen = (one for one in launches if question.alternatives or one.alternative == 0)
        for kernel in compile_launches(chosen, capability):
            places: list[int] = []
            for content in (kernel.cubin, kernel.ptx.encode(), kernel.ttir.encode()):
                _write(segment, end, content)
                places += (end, len(content))
                end = aligned(end + len(content))
            name, shared_bytes = kernel.kernel[:200], kernel.shared_bytes
            kernels.append(parts.CompiledKernel(name, capability, kernel.alternative, shared_bytes, *places))
    return tuple(kernels)


def _write(segment: Room, offset: int, content: bytes) -> None:
    segment.bytes[offset : offset + len(content)] = torch.frombuffer(bytearray(content), dtype=torch.uint8)
