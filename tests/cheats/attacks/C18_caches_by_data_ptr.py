"""Keeps results by the address of its input (C18); other values come to the same place."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


_kept = {}


def softmax(x: torch.Tensor) -> torch.Tensor:
    key = (x.data_ptr(), x.shape, x.stride())
    if key not in _kept:
        _kept[key] = torch.softmax(x, dim=1)
    return _kept[key]
