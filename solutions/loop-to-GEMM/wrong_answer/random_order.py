"""Splits K among eight workers and adds their products in the order in which they happen to finish.

Every result is as precise as it should be, but sums in another order round in another way: two calls with the same
inputs give different bits, and the check named steady must see it. (The order is drawn here, so that it never fails to
differ.)
"""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: passed
#   special: passed
#   steady: failed values
#   own-work: passed
#   loops: passed
#   climb: failed too_slow
#   summit: skipped
#   ragged: skipped
#   triton-compiles: failed runtime

import random

import torch

WORKERS = 8


def _outer_products(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Add K outer products: right, and slow."""
    out = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[None, k]
    return out


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    step = -(-a.shape[1] // WORKERS) or 1
    starts = range(0, a.shape[1], step)
    out = torch.zeros(a.shape[0], b.shape[1])
    for start in random.sample(starts, len(starts)):
        out += _outer_products(a[:, start : start + step], b[start : start + step])
    return out
