"""Weights of every hidden test: real ones by bitsandbytes, and ones set by hand where the format has corners."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

# Where a row is shorter than a block, bitsandbytes' CPU code would compile itself first.
os.environ.setdefault("TORCH_COMPILE_DISABLE", "1")

import bitsandbytes.functional as bnb
import torch

GROUP = 256
"""Blocks that share one scale of scales."""

# Source: QLoRA (Dettmers et al. 2023), appendix E; the same numbers as bitsandbytes' table.
CODE = torch.tensor([
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
])  # fmt: skip


@dataclass(frozen=True)
class Weight:
    """One quantised weight.

    Attributes:
        packed: uint8 [ceil(numel / 2), 1]; weight 2j is the high nibble of byte j.
        absmax: uint8 [blocks], indices into `code2`.
        code2: float32 [256], the signed dynamic map.
        absmax2: float32 [ceil(blocks / 256)].
        offset: float32, no dimension: the mean of the scales.
        shape: (rows, columns).
        blocksize: weights that share a scale.
        dtype: `float16` or `bfloat16`.
    """

    packed: torch.Tensor
    absmax: torch.Tensor
    code2: torch.Tensor
    absmax2: torch.Tensor
    offset: torch.Tensor
    shape: tuple[int, int]
    blocksize: int
    dtype: str

    @property
    def numel(self) -> int:
        """How many weights there are."""
        return self.shape[0] * self.shape[1]

    @property
    def out_dtype(self) -> torch.dtype:
        """The dtype that the weights come back in."""
        dtype: torch.dtype = getattr(torch, self.dtype)
        return dtype

    def arguments(self, device: str | None = None) -> tuple[Any, ...]:
        """Give what the driver's function takes, the tensors on `device`."""
        tensors = (self.packed, self.absmax, self.code2, self.absmax2, self.offset, CODE)
        placed = tensors if device is None else tuple(tensor.to(device) for tensor in tensors)
        return *placed, *self.shape, self.blocksize, self.dtype


def quantised(draw: torch.Generator, shape: tuple[int, int], dtype: str = "float16", blocksize: int = 64) -> Weight:
    """Quantise normal numbers by bitsandbytes; rows of unlike scale, so that scales differ."""
    values = torch.randn(shape, generator=draw) * torch.exp2(torch.randint(-3, 4, (shape[0], 1), generator=draw))
    # Fed flat: where rows are shorter than a block, bitsandbytes 0.50.2 quantises a matrix wrongly on the CPU.
    flat = values.to(getattr(torch, dtype)).reshape(1, -1)
    packed, state = bnb.quantize_4bit(flat, blocksize=blocksize, quant_type="nf4", compress_statistics=True)
    inner = state.state2
    return Weight(
        packed, state.absmax, inner.code.float(), inner.absmax.float(), state.offset.float().reshape(()), shape,
        blocksize, dtype,
    )  # fmt: skip


def random_bits(draw: torch.Generator, shape: tuple[int, int], dtype: str = "float16", blocksize: int = 64) -> Weight:
    """Draw every part of a weight at random: each nibble, each index of a scale, scales of unlike size."""
    numel = shape[0] * shape[1]
    blocks = -(-numel // blocksize)
    code2 = bnb.create_dynamic_map().float()
    return Weight(
        torch.randint(0, 256, (-(-numel // 2), 1), dtype=torch.uint8, generator=draw),
        torch.randint(0, 256, (blocks,), dtype=torch.uint8, generator=draw),
        code2,
        torch.rand(-(-blocks // GROUP), generator=draw) + 0.1,
        torch.rand((), generator=draw),
        shape,
        blocksize,
        dtype,
    )


def told_apart_by_fusion(draw: torch.Generator, dtype: str = "float16") -> Weight:
    """Draw scales for which a fused multiply-add shows: rounding product and sum at once changes some weights.

    Only about one weight in 1e5 does, so the scale of a group and the mean are drawn until one of them is there; all
    256 scales and all 16 codes meet in the weight.
    """
    weight = random_bits(draw, (256, 64), dtype)
    weight = replace(weight, absmax=torch.randperm(256, generator=draw).to(torch.uint8))
    for _ in range(2000):
        weight = replace(weight, absmax2=torch.rand(1, generator=draw) + 0.1, offset=torch.rand((), generator=draw))
        fused = (weight.code2.double() * weight.absmax2.double() + weight.offset.double()).float()
        every = CODE[:, None] * fused
        apart = CODE[:, None] * (weight.code2 * weight.absmax2 + weight.offset)
        if not torch.equal(every.to(weight.out_dtype), apart.to(weight.out_dtype)):
            codes = torch.arange(16).repeat(256 * 4)
            packed = (codes[0::2] << 4 | codes[1::2]).to(torch.uint8)
            return replace(weight, packed=packed[:, None].contiguous())
    raise RuntimeError("no scales were found that tell a fused product from two roundings")


def scaled(weight: Weight, times: float) -> Weight:
    """Give the same weight with all scales so many times larger."""
    return replace(weight, absmax2=weight.absmax2 * times, offset=weight.offset * times)


def with_a_zero_block(weight: Weight) -> Weight:
    """Give the same weight with a first block whose scale is exactly zero."""
    absmax = weight.absmax.clone()
    absmax[0] = 127
    return replace(weight, absmax=absmax, offset=torch.zeros(()))


def exact(weight: Weight) -> torch.Tensor:
    """Give the weights as the format defines them: product, sum and product in float32, each rounded, then one cast.

    On the device on which the weight lies; bit-equal to bitsandbytes 0.50.2 on the CPU.
    """
    device = weight.packed.device
    nibbles = torch.stack([weight.packed.flatten() >> 4, weight.packed.flatten() & 15], dim=1).flatten()[: weight.numel]
    blocks = torch.arange(len(weight.absmax), device=device)
    scales = weight.code2[weight.absmax.flatten().int()] * weight.absmax2[blocks // GROUP] + weight.offset
    spread = scales.repeat_interleave(weight.blocksize)[: weight.numel]
    return (CODE.to(device)[nibbles.int()] * spread).to(weight.out_dtype).reshape(weight.shape)


def on(weight: Weight, device: str) -> Weight:
    """Give the same weight with its tensors on a device."""
    names = ("packed", "absmax", "code2", "absmax2", "offset")
    return replace(weight, **{name: getattr(weight, name).to(device) for name in names})
