"""Divides by the largest element in place of the sum: an honest mistake."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    e = torch.exp(x - x.amax(dim=1, keepdim=True))
    return e / e.amax(dim=1, keepdim=True)
