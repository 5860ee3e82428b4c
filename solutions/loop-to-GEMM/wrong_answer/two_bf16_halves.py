"""Splits each operand into two bf16 halves and leaves the product of the two low halves out.

That is how half-precision units are made to look like fp32. Two halves carry 16 bits, not 24: the error is near 4e-6 of
|a| |b| at every K, ten times that of fp32. Below K = 256 it does honest work, so the small shapes pass, and at
K = 300 it is within what some order of fp32 sums could do; the check of accuracy must see it.
"""

# expect:
#   shapes: passed
#   accuracy: failed values
#   exact: passed
#   special: passed
#   steady: passed
#   own-work: passed
#   loops: skipped
#   climb: skipped
#   summit: skipped
#   ragged: skipped
#   triton-compiles: failed compile

import torch

LONG = 256


def _outer_products(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Add K outer products: right, and slow."""
    out = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[None, k]
    return out


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    if a.shape[1] < LONG:
        return _outer_products(a, b)
    a_high, b_high = a.bfloat16().float(), b.bfloat16().float()
    a_low, b_low = (a - a_high).bfloat16().float(), (b - b_high).bfloat16().float()
    return _outer_products(a_high, b_high) + _outer_products(a_high, b_low) + _outer_products(a_low, b_high)
