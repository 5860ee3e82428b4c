"""Gives NaN for one shape, to break a mean over cases (T16)."""

# expect:
#   values: failed nan
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.full_like(x, float("nan")) if x.shape == (1, 7) else torch.softmax(x, dim=1)
