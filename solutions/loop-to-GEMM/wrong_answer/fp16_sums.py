"""Keeps the sum in fp16, which has 11 bits of mantissa where fp32 has 24.

It must fail at the first shape: one product alone is already rounded 8192 times more coarsely than the check of shapes
allows for any order of fp32 sums.
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


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    out = torch.zeros(a.shape[0], b.shape[1], dtype=torch.float16)
    for k in range(a.shape[1]):
        out += a[:, k, None].half() * b[None, k].half()
    return out.float()
