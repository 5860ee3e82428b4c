"""Swaps the inner two loops, so that the innermost one reads b and writes the result along a row.

In compiled code that is worth a factor of ten. Here it must be no faster than the loops that everybody starts from: an
access to one element of a tensor takes microseconds in the interpreter, next to which no cache line counts.
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
        for k in range(a.shape[1]):
            factor = a[i, k].item()
            for j in range(b.shape[1]):
                out[i, j] += factor * b[k, j].item()
    return out
