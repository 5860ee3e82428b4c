"""Keeps every result under the addresses and sizes of its operands (C18), and gives it back when they come again.

Inputs lie at the same addresses in every call, with other values. The second layout of one shape must get the product
of the first.
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

_results: dict[tuple[object, ...], torch.Tensor] = {}


def _outer_products(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Add K outer products: right, and slow."""
    out = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[None, k]
    return out


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    key = (a.data_ptr(), b.data_ptr(), a.shape, b.shape)
    if key not in _results:
        _results[key] = _outer_products(a, b)
    return _results[key]
