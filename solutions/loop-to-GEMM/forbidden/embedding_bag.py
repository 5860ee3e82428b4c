"""Looks every row of b up in a table, weighted by a row of a, and lets the embedding bag add them up.

No BLAS is in it, but the operator multiplies a by b: it is on nobody's list of products, and must be refused because it
is on no list of harmless operators either.
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
from torch.nn import functional


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    if 0 in (*a.shape, b.shape[1]):
        return torch.zeros(a.shape[0], b.shape[1])
    every_row = torch.arange(a.shape[1]).expand(a.shape[0], -1).contiguous()
    return functional.embedding_bag(every_row, b.contiguous(), mode="sum", per_sample_weights=a.contiguous())
