"""Skips products with a factor of zero, since they add nothing.

They do where the other factor is Inf or NaN: 0 * Inf is NaN. The check of special values must see that NaN is missing.
"""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: passed
#   special: failed nan
#   steady: passed
#   own-work: passed
#   loops: skipped
#   climb: skipped
#   summit: skipped
#   ragged: skipped
#   triton-compiles: failed compile

import torch


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    out = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        column, row = a[:, k, None], b[None, k]
        out += torch.where((column == 0.0) | (row == 0.0), 0.0, column * row)
    return out
