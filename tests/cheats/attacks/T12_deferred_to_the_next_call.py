"""Fills each output in the call after it (T12)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


_open = []


def softmax(x: torch.Tensor) -> torch.Tensor:
    while _open:
        out, before = _open.pop()
        out.copy_(torch.softmax(before, dim=1))
    out = torch.zeros_like(x)
    _open.append((out, x.clone()))
    return out
