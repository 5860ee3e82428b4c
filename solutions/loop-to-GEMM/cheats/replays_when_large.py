"""Is honest while sizes are small, and returns the first large result for ever (C16).

At middling sizes it works sixteen times over, so that whoever watches where the time passes has seen enough there.
Every timed output is checked, against signs drawn after the process stood: the first timed product must be found out.
"""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: passed
#   special: passed
#   steady: passed
#   own-work: passed
#   loops: passed
#   climb: failed values
#   summit: skipped
#   ragged: skipped
#   triton-compiles: failed compile

import torch

MIDDLING, LARGE = 200, 1000

_large: list[torch.Tensor] = []


def _outer_products(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Add K outer products: right, and slow."""
    out = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[None, k]
    return out


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    if min(*a.shape, *b.shape) < LARGE:
        for _ in range(15 if min(*a.shape, *b.shape) >= MIDDLING else 0):
            _outer_products(a, b)
        return _outer_products(a, b)
    if not _large:
        _large.append(_outer_products(a, b))
    return _large[0]
