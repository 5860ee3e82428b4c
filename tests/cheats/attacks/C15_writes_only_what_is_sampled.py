"""Computes the first and the last row, where a careless test looks (C15)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    out = torch.zeros_like(x)
    out[0], out[-1] = torch.softmax(x[0], dim=0), torch.softmax(x[-1], dim=0)
    return out
