"""Saves one product of eight by Strassen's algorithm where all three sizes are even and at least 32.

Its seven products mix blocks of rows and of columns, so that rounding errors of large rows end up in small
ones: its error bound holds for the whole matrix, not for each element (Higham 2002, chapter 23). With operands of one
scale the shapes pass; the check of accuracy scales rows and columns apart and must see it.
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

LEAST = 32


def _outer_products(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Add K outer products: right, and slow."""
    out = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[None, k]
    return out


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    if any(size % 2 or size < LEAST for size in (*a.shape, *b.shape)):
        return _outer_products(a, b)
    (a11, a12), (a21, a22) = (half.chunk(2, 1) for half in a.chunk(2))
    (b11, b12), (b21, b22) = (half.chunk(2, 1) for half in b.chunk(2))
    p1, p2, p3 = gemm(a11 + a22, b11 + b22), gemm(a21 + a22, b11), gemm(a11, b12 - b22)
    p4, p5 = gemm(a22, b21 - b11), gemm(a11 + a12, b22)
    p6, p7 = gemm(a21 - a11, b11 + b12), gemm(a12 - a22, b21 + b22)
    upper = torch.cat((p1 + p4 - p5 + p7, p3 + p5), 1)
    lower = torch.cat((p2 + p4, p1 - p2 + p3 + p6), 1)
    return torch.cat((upper, lower))
