"""Gives the mean of all answers, right on average (C11)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.full_like(x, 1 / x.shape[1])
