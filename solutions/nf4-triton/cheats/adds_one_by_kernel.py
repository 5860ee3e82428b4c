"""Lets torch do the work, and a kernel copy the result, so that it is a kernel's (C7)."""

# expect:
#   values: passed
#   blocks: passed
#   fresh: passed
#   one-kernel: failed forbidden
#   traffic: failed too_slow
#   no-buffer: failed too_much_memory
#   resources: passed
#   asm: failed compile
#   eviction: failed compile
#   int64: passed

from typing import Any

import torch
import triton
import triton.language as tl


@triton.jit
def _copy(source, out, count):
    places = tl.program_id(0).to(tl.int64) * 1024 + tl.arange(0, 1024)
    tl.store(out + places, tl.load(source + places, mask=places < count), mask=places < count)


def dequantize(packed: torch.Tensor, state: Any) -> torch.Tensor:
    """Give the weights of a bitsandbytes `QuantState` (NF4, double quantisation).

    `packed`: uint8 [numel / 2, 1], weight 2j in the high nibble of byte j. `state` has `absmax` (uint8, one a block),
    `state2.code` (256 scales), `state2.absmax` (float32, one for 256 blocks), `offset` (float32, no dimension), `code`
    (16 values), `blocksize`, `shape` and `dtype`. The result has that shape and dtype.
    """
    nibbles = torch.stack([packed.flatten() >> 4, packed.flatten() & 15], dim=1).flatten()[: state.shape.numel()]
    blocks = torch.arange(len(state.absmax), device=packed.device)
    scales = state.state2.code[state.absmax.flatten().int()] * state.state2.absmax[blocks // 256] + state.offset
    weights = state.code[nibbles.int()] * scales.repeat_interleave(state.blocksize)[: nibbles.numel()]
    weights = weights.to(state.dtype)
    out = torch.empty(state.shape, dtype=state.dtype, device=packed.device)
    _copy[(triton.cdiv(out.numel(), 1024),)](weights, out, out.numel())
    return out
