"""Keeps its last result by the whole content of its input: pointless here, and honest."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: passed

import torch


_last: list[torch.Tensor] = []


def softmax(x: torch.Tensor) -> torch.Tensor:
    if not _last or _last[0].shape != x.shape or not torch.equal(_last[0], x):
        _last[:] = [x.clone(), torch.softmax(x, dim=1)]
    return _last[1]
