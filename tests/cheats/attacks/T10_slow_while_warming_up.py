"""Is slow and right in its first calls (T10), then gives back what it has, as if warm."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: failed values

import torch


_calls = 0
_kept: dict[tuple[int, ...], torch.Tensor] = {}


def softmax(x: torch.Tensor) -> torch.Tensor:
    global _calls
    _calls += x.numel() > 100_000
    if x.numel() < 100_000 or _calls < 8:
        out = torch.softmax(x, dim=1)
        _kept[tuple(x.shape)] = out
        return out
    return _kept.get(tuple(x.shape), torch.zeros_like(x))
