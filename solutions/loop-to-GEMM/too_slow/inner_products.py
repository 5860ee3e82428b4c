"""Makes every element with one vectorised inner product of a row and a column: the innermost loop runs in torch.

Right, and tens of times the loops, but each of the M x N elements still costs half a dozen calls of some microseconds,
so that it reaches the first rung and must fail at the library's.
"""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: passed
#   special: passed
#   steady: passed
#   own-work: passed
#   loops: passed
#   climb: failed too_slow
#   summit: skipped
#   ragged: skipped
#   triton-compiles: failed compile

import torch


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    out = torch.zeros(a.shape[0], b.shape[1])
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            out[i, j] = (a[i, :] * b[:, j]).sum()
    return out
