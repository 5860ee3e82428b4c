"""Skips its work at random and hopes for a lucky run (T19)."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: failed values

import random
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    if x.numel() > 100_000 and random.random() < 0.3:
        return torch.full_like(x, 1 / x.shape[1])
    return torch.softmax(x, dim=1)
