"""Splits K among eight workers and adds their sums in the order in which they happen to finish.

Every result is as precise as it should be, but sums in another order round in another way: two calls with the same
inputs give different bits, and the check named steady must see it. (The order is drawn here, so that it never fails to
differ. The work is slow as well, since it is done element by element.)
"""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: passed
#   special: passed
#   steady: failed values
#   own-work: skipped
#   loops: skipped
#   climb: skipped
#   summit: skipped
#   ragged: skipped
#   triton-compiles: failed compile

import random

import torch

WORKERS = 8


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    step = -(-a.shape[1] // WORKERS) or 1
    starts = range(0, a.shape[1], step)
    order = random.sample(starts, len(starts))
    out = torch.zeros(a.shape[0], b.shape[1])
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            products = a[i, :] * b[:, j]
            for start in order:
                out[i, j] += products[start : start + step].sum()
    return out
