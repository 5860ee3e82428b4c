"""The stub's own way: right, and not faster than itself."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: failed too_slow

import torch


def _slow(x: torch.Tensor) -> torch.Tensor:
    """Softmax by float64, three times over: right, and slower than what it is raced against."""
    for _ in range(3):
        e = torch.exp(x.double() - x.double().amax(dim=1, keepdim=True))
        out = (e / e.sum(dim=1, keepdim=True)).float()
    return out


def softmax(x: torch.Tensor) -> torch.Tensor:
    return _slow(x)
