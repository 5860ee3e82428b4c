"""Compiles its loops with numba, and keeps the compiled code."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: passed

import math
import numba
import torch


@numba.njit(parallel=True, fastmath={"contract"})
def _rows(x, out):
    for i in numba.prange(x.shape[0]):
        most = x[i, 0]
        for j in range(x.shape[1]):
            most = max(most, x[i, j])
        total = 0.0
        for j in range(x.shape[1]):
            out[i, j] = math.exp(x[i, j] - most)
            total += out[i, j]
        for j in range(x.shape[1]):
            out[i, j] /= total


def softmax(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty(x.shape)
    _rows(x.numpy(), out.numpy())
    return out
