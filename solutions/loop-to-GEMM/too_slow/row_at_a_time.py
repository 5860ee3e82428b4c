"""Makes one row of the result at a time: all of b, scaled row by row, then summed over K.

Few calls, each on a whole matrix, so it leaves the loops far behind. But the scaled copy of b is written and read again
for every row, and it must fall short of 5 % of the library.
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
#   triton-compiles: failed runtime

import torch


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    out = torch.empty(a.shape[0], b.shape[1])
    for i in range(a.shape[0]):
        out[i] = (a[i, :, None] * b).sum(0)
    return out
