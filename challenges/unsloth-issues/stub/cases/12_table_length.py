"""How long the table of a rotary embedding has to be.

Issue: "`max_seq_length=9000`: training dies in the first step with an index error, while 8192, 13000 and 16384 work.
12000 fails, too, 12500 does not. The table comes in blocks of 8192 positions and costs memory, so please don't give
me a block that I don't need: 8192 is one block, 16384 are two."
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

BLOCK = 8192
"""Kernels index the table in blocks of this many positions."""


@dataclass(frozen=True)
class Rotary:
    """What a config says of its positions.

    Attributes:
        width: features of a head; even.
        max_positions: length of the longest sequence.
        base: wavelengths grow up to about this.
        scaling: positions are divided by this (linear interpolation); 1 for none.
    """

    width: int
    max_positions: int
    base: float = 10_000.0
    scaling: float = 1.0


def blocks(length: int) -> int:
    """Give how many blocks hold `length` positions; at least one."""
    return max(round(length / BLOCK), 1)


def frequencies(rotary: Rotary) -> torch.Tensor:
    """Give the angle that one position adds, float32 `[width / 2]`."""
    exponents = torch.arange(0, rotary.width, 2, dtype=torch.float32) / rotary.width
    return rotary.base**-exponents / rotary.scaling


def cosines(rotary: Rotary) -> torch.Tensor:
    """Give the table, float32 `[blocks * BLOCK, width / 2]`."""
    positions = torch.arange(blocks(rotary.max_positions) * BLOCK, dtype=torch.float32)
    return torch.outer(positions, frequencies(rotary)).cos()
