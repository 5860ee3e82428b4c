"""NF4 to 16-bit weights the long way: torch on the CPU or GPU, no kernel yet. Make it one Triton kernel."""

from typing import Any

import torch


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
    return weights.to(state.dtype).reshape(state.shape)
