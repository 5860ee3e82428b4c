"""Adds the K outer products in another order each time, as threads do that add up in the order in which they finish.

Every result is right within rounding, but two calls with the same inputs give different bits; the check named steady
must see it.
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


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    out = torch.zeros(a.shape[0], b.shape[1])
    for k in random.sample(range(a.shape[1]), a.shape[1]):
        out += a[:, k, None] * b[None, k]
    return out
