"""Rounds once, and adds to a better base than the adapter has ever seen."""

from __future__ import annotations

from dataclasses import dataclass

import torch

BLOCK = 32
"""Weights that share a scale."""

LEVELS = 7
"""Codes run from -LEVELS to LEVELS."""


@dataclass
class Quantised:
    """A weight in 4-bit codes.

    Attributes:
        codes: int8 `[rows, columns]`.
        scales: float32 `[rows, columns / BLOCK]`.
        dtype: dtype in which the layer computes.
    """

    codes: torch.Tensor
    scales: torch.Tensor
    dtype: torch.dtype

    @classmethod
    def of(cls, weight: torch.Tensor) -> Quantised:
        """Quantise a weight `[rows, columns]`; columns are a multiple of BLOCK."""
        blocks = weight.float().unflatten(1, (-1, BLOCK))
        scales = blocks.abs().amax(-1).clamp_min(1e-12) / LEVELS
        return cls((blocks / scales[..., None]).round().to(torch.int8).flatten(1), scales, weight.dtype)

    def weight(self) -> torch.Tensor:
        """Give the weight that the layer computes with, in `dtype`."""
        return (self.codes.unflatten(1, (-1, BLOCK)) * self.scales[..., None]).flatten(1).to(self.dtype)


@dataclass
class AdaptedLinear:
    """A layer whose base is quantised and fixed; `a` (float32 `[rank, columns]`) and `b` (`[rows, rank]`) are trained.

    Attributes:
        checkpoint: the 16-bit weight as it was downloaded, `[rows, columns]`.
        base: its quantised form.
        scale: factor of the adapter.
    """

    checkpoint: torch.Tensor
    base: Quantised
    a: torch.Tensor
    b: torch.Tensor
    scale: float

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute what is trained, `[..., rows]`, in float32."""
        return x.float() @ self.base.weight().float().T + self.scale * (x.float() @ self.a.T) @ self.b.T

    def merge(self) -> torch.Tensor:
        """Give one weight, in the dtype of the base, that computes what `forward` does, rounded as little as can be."""
        merged = self.checkpoint.float() + self.scale * (self.b @ self.a)
        return merged.to(self.checkpoint.dtype)
