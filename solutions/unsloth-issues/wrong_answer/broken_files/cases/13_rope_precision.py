"""Angles in float32, rounded once, at the end."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Rotary:
    """What a config says of its positions.

    Attributes:
        width: features of a head; even.
        base: wavelengths grow up to about this.
    """

    width: int
    base: float = 10_000.0


def frequencies(rotary: Rotary) -> torch.Tensor:
    """Give the angle that one position adds, float32 `[width / 2]`."""
    exponents = torch.arange(0, rotary.width, 2, dtype=torch.float32) / rotary.width
    return rotary.base**-exponents


def cos_sin(positions: torch.Tensor, rotary: Rotary, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """Give cosines and sines of positions, int64 `[tokens]`, each `[tokens, width]` in `dtype`."""
    angle = torch.outer(positions.float(), frequencies(rotary))
    both = torch.cat([angle, angle], dim=-1)
    return both.cos().to(dtype), both.sin().to(dtype)


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotate queries or keys, `[tokens, width]`, the second half of the features against the first."""
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-second, first], dim=-1) * sin
