"""Works in tiles of 16 x 16 and forgets the partial tiles at the edges.

It is right at 64^3 and wherever else 16 divides M and N; the ragged shapes must see zeros.
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

TILE = 16


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    out = torch.zeros(a.shape[0], b.shape[1])
    for i in range(0, a.shape[0] - TILE + 1, TILE):
        for j in range(0, b.shape[1] - TILE + 1, TILE):
            for k in range(a.shape[1]):
                out[i : i + TILE, j : j + TILE] += a[i : i + TILE, k, None] * b[None, k, j : j + TILE]
    return out
