"""Leaves the last row out (C12)."""

# expect:
#   values: failed shape
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(x, dim=1)[:-1]
