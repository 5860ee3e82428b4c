"""Is no Python: the bracket of the call of zeros is never closed, so it can't be imported at all."""

# expect:
#   shapes: failed syntax
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
    out = torch.zeros(a.shape[0], b.shape[1]
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[None, k]
    return out
