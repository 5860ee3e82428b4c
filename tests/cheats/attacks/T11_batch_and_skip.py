"""Works in the first call of a shape, and promises the rest of the batch without working (T11)."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: failed values

import torch


_given = 0
_last = None


def softmax(x: torch.Tensor) -> torch.Tensor:
    global _given, _last
    if x.numel() < 100_000:
        return torch.softmax(x, dim=1)
    _given += 1
    if _last is None or _given % 8 == 1:
        _last = torch.softmax(x, dim=1)
    return _last
