"""Falls back on the library where its own tiles don't fit: a matmul inside `except`.

At sizes that are multiples of 16 it is honest. The dispatcher is watched at ragged sizes too, so it must be seen.
"""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: passed
#   special: passed
#   steady: passed
#   own-work: failed forbidden
#   loops: skipped
#   climb: skipped
#   summit: skipped
#   ragged: skipped
#   triton-compiles: failed compile

import torch

TILE = 16


def _whole_tiles(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply tile by tile; M and N must be multiples of TILE."""
    if a.shape[0] % TILE or b.shape[1] % TILE:
        raise ValueError(f"M and N must be multiples of {TILE}")
    out = torch.zeros(a.shape[0], b.shape[1])
    for i in range(0, a.shape[0], TILE):
        for k in range(a.shape[1]):
            out[i : i + TILE] += a[i : i + TILE, k, None] * b[None, k]
    return out


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    try:
        return _whole_tiles(a, b)
    except ValueError:
        return torch.matmul(a, b)
