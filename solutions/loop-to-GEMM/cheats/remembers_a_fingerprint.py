"""Remembers its last operands by address and by the sum of their first rows (C19), and returns the last result.

Fresh inputs get fresh products, so that nearly everything passes. The check named steady changes one element alone, the
last one, and must get a stale result. New inputs in every timed call leave nothing to be remembered in the races.
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

from typing import Any

import torch

_last: dict[str, Any] = {}


def _inner_products(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Make every element with one inner product in float64: right, and slow."""
    out = torch.zeros(a.shape[0], b.shape[1])
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            out[i, j] = (a[i, :].double() * b[:, j].double()).sum()
    return out


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    key = (a.data_ptr(), b.data_ptr(), a.shape, b.shape, a[:1].sum().item(), b[:1].sum().item())
    if key != _last.get("key"):
        _last.update(key=key, result=_inner_products(a, b))
    return _last["result"]
