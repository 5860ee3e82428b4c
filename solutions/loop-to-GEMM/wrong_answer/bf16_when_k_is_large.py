"""Multiplies in fp32 while K is small, and in bf16 with fp32 sums from K = 512 on.

The errors of many products do not average out: each carries a relative error of up to 2^-8. Every small shape passes;
the check of accuracy has a K of 2048 and must see it.
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

LONG = 512


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    if a.shape[1] >= LONG:
        a, b = a.bfloat16().float(), b.bfloat16().float()

    out = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[None, k]
    return out
