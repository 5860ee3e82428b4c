"""Computes every second row of a large product and leaves the others at zero (C15).

That is twice as fast, and wrong wherever nobody looks. All elements of a timed output are checked, row by row: each row
is summed with secret signs, and a row of zeros sums to zero.
"""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: passed
#   special: passed
#   steady: passed
#   own-work: passed
#   loops: passed
#   climb: failed values
#   summit: skipped
#   ragged: skipped
#   triton-compiles: failed compile

import torch

LARGE = 1000


def _outer_products(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Add K outer products: right, and slow."""
    out = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[None, k]
    return out


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    if min(*a.shape, *b.shape) < LARGE:
        return _outer_products(a, b)
    out = torch.zeros(a.shape[0], b.shape[1])
    out[::2] = _outer_products(a[::2], b)
    return out
