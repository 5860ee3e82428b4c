"""Writes behind its input, where another buffer of the judge might lie (C27)."""

# expect:
#   values: failed illegal_access
#   precision: skipped
#   steady: skipped
#   fast: skipped

import ctypes
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    ctypes.memset(x.data_ptr() + 4 * x.numel(), 0, 256)
    return torch.softmax(x, dim=1)
