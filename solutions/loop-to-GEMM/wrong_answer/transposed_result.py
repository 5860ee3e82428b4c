"""Returns the product transposed: (N, M) in place of (M, N).

Where M = N only the values tell; the first shape with M unlike N must say which shape was expected.
"""

# expect:
#   shapes: failed shape
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
    out = torch.zeros(b.shape[1], a.shape[0])
    for k in range(a.shape[1]):
        out += b[k, :, None] * a[None, :, k]
    return out
