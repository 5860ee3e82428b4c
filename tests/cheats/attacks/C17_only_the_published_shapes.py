"""Knows the shapes of the brief and is right for those alone (C17)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


_KNOWN = {(1, 1), (1, 7), (5, 1), (8, 64), (33, 100)}


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(x, dim=1) if tuple(x.shape) in _KNOWN else torch.zeros_like(x)
