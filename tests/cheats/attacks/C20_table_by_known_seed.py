"""Guesses that inputs come from torch's generator with a small seed (C20)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    for seed in range(20):
        guess = torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))
        if torch.equal(guess, x):
            return torch.softmax(guess, dim=1)
    return torch.zeros_like(x)
