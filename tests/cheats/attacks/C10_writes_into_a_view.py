"""Computes into its input and returns a view of it (C10)."""

# expect:
#   values: failed input_mutated
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    return x.copy_(torch.softmax(x, dim=1)).view_as(x)
