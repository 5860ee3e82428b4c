"""Halves a in place to keep the sums small, and doubles the result.

The product is right to the last bit, but the caller's matrix is not what it was. Inputs are compared bit by bit after
every call, so the first one must see it.
"""

# expect:
#   shapes: failed input_mutated
#   accuracy: skipped
#   exact: skipped
#   special: skipped
#   steady: skipped
#   own-work: skipped
#   loops: skipped
#   climb: skipped
#   summit: skipped
#   ragged: skipped
#   triton-compiles: skipped

import torch


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    a *= 0.5
    out = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[None, k]
    return 2.0 * out
