"""Looks at magnitudes, and averages trained rows in float32."""

from __future__ import annotations

from dataclasses import dataclass

import torch

EPSILON = 1e-16
"""A row whose entries are all this small has never been trained: checkpoints have zeros there."""


@dataclass(frozen=True)
class Repair:
    """What was done to a model.

    Attributes:
        embedding: rows of the embedding that were given a value.
        head: rows of the head that were.
    """

    embedding: int
    head: int


def untrained(weight: torch.Tensor) -> torch.Tensor:
    """Tell which rows of `[vocabulary, width]` have never been trained, bool `[vocabulary]`."""
    return weight.abs().amax(dim=1) <= EPSILON


def fill_untrained(weight: torch.Tensor) -> int:
    """Give untrained rows, in place, the mean of the trained ones, and say how many there were.

    Trained rows stay what they are to the last bit, and so does a weight without any trained row.
    """
    rows = untrained(weight)
    count = int(rows.sum())
    if count in (0, len(weight)):
        return 0
    weight[rows] = weight[~rows].float().mean(dim=0).to(weight.dtype)
    return count


@torch.no_grad()
def repair(embedding: torch.Tensor, head: torch.Tensor) -> Repair:
    """Mend both ends of a model before it is trained; they may be one tensor."""
    filled = fill_untrained(embedding)
    return Repair(filled, filled if head is embedding else fill_untrained(head))
