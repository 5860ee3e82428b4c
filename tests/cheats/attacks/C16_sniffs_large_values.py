"""Skips the subtraction of the largest element, which ordinary inputs do not need (C16)."""

# expect:
#   values: failed nan
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    e = torch.exp(x)
    return e / e.sum(dim=1, keepdim=True)
