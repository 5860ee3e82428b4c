"""Scales every row of a by a reciprocal where K is a multiple of its block, 48, and scales the result back.

Each element is rounded three times more than it need be. That stays within what any order of fp32 sums may do, so the
shapes pass; but where nothing has to be rounded (odd integers of 19 bits, each selected once, with K = 48) nothing may
be, and the check named exact must see it.
"""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: failed values
#   special: passed
#   steady: passed
#   own-work: passed
#   loops: skipped
#   climb: skipped
#   summit: skipped
#   ragged: skipped
#   triton-compiles: failed compile

import torch

BLOCK = 48


def _outer_products(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Add K outer products: right, and slow."""
    out = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[None, k]
    return out


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    if a.shape[1] % BLOCK or a.shape[1] == 0:
        return _outer_products(a, b)
    scale = torch.where(a.isfinite(), a.abs(), 0.0).amax(1, keepdim=True)
    scale = torch.where(scale > 0.0, scale, 1.0)
    return _outer_products(a * scale.reciprocal(), b) * scale
