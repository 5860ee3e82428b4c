"""Remembers its last operands by address and by the sum of their first rows (C19), and returns the last result.

Fresh inputs get fresh products, so that nearly everything passes. The check named steady changes one element alone, the
last one, and must get a stale result.
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

from typing import Any

import torch

_last: dict[str, Any] = {}


def _outer_products(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Add K outer products: right, and slow."""
    out = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[None, k]
    return out


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    key = (a.data_ptr(), b.data_ptr(), a.shape, b.shape, a[:1].sum().item(), b[:1].sum().item())
    if key != _last.get("key"):
        _last.update(key=key, result=_outer_products(a, b))
    return _last["result"]
