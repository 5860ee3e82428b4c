"""Makes every element with one vectorised inner product of a row and a column: the innermost loop runs in torch.

Right, and some fifteen times the loops, but each of the M x N elements still costs half a dozen calls of some microseconds,
so that it must fall short of the first rung.
"""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: passed
#   special: passed
#   steady: passed
#   own-work: passed
#   loops: failed too_slow
#   climb: skipped
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
