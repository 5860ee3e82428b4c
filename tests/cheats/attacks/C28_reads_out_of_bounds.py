"""Sums over one element too many in each row (C28), right only where zeros happen to lie."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import ctypes
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    rows, columns = x.shape
    flat = x.contiguous().view(-1)
    wide = (ctypes.c_float * (rows * columns + 1)).from_address(flat.data_ptr())
    padded = torch.frombuffer(wide, dtype=torch.float32)
    e = torch.exp(flat - flat.amax()).view(rows, columns)
    extra = torch.exp(padded[columns::columns][:rows] - flat.amax()).view(-1, 1)
    return e / (e.sum(dim=1, keepdim=True) + extra)
