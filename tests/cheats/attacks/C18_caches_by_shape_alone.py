"""Keeps one result a shape (C18)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


_kept = {}


def softmax(x: torch.Tensor) -> torch.Tensor:
    return _kept.setdefault(tuple(x.shape), torch.softmax(x, dim=1))
