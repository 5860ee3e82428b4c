"""Is right, but calls its function matmul where the challenge calls gemm: there is nothing to call."""

# expect:
#   shapes: failed import
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


def matmul(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    out = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[None, k]
    return out
