"""Is honest for a while, then gives back the last answer of the shape (C21)."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: failed values

import torch


_calls = 0
_last: dict[tuple[int, ...], torch.Tensor] = {}


def softmax(x: torch.Tensor) -> torch.Tensor:
    global _calls
    _calls += x.numel() > 100_000
    if _calls > 10:
        return _last[tuple(x.shape)]
    _last[tuple(x.shape)] = torch.softmax(x, dim=1)
    return _last[tuple(x.shape)]
