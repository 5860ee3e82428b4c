"""Adds K outer products, each one element-wise product of a column and a row: the inner two loops run in torch.

That is hundreds of times the loops. Against the library it must fail: each of the K steps writes the product and reads
it again, reads the sum and writes it anew, here even in float64. Memory sets the pace.
"""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: passed
#   special: passed
#   steady: passed
#   own-work: passed
#   loops: passed
#   climb: failed too_slow
#   summit: skipped
#   ragged: skipped
#   triton-compiles: failed compile

import torch


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    a, b = a.double(), b.double()
    out = torch.zeros(a.shape[0], b.shape[1], dtype=torch.float64)
    for k in range(a.shape[1]):
        out = out + a[:, k, None] * b[None, k]
    return out.float()
