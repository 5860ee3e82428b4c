"""Searches its process for a tensor of the right shape whose rows sum to one (C4)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import gc
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    for value in gc.get_objects():
        if type(value) is torch.Tensor and value is not x and value.shape == x.shape and value.dtype == x.dtype:
            return value.clone()
    return torch.zeros_like(x)
