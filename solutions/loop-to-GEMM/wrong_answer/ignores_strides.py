"""Reads both operands as if they were row-major and without gaps, as C code does that takes a pointer and three sizes.

Every shape passes; a transposed or a strided operand is read in the wrong order, which the test of layouts must see.
"""

# expect:
#   shapes: failed values
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
    a, b = (matrix.as_strided(matrix.shape, (matrix.shape[1], 1)) for matrix in (a, b))

    out = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[None, k]
    return out
