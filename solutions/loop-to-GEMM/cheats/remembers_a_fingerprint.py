"""Remembers its last operands by address and by the sum of their first rows (C19), and returns the last result.

Fresh inputs get fresh products. But the harness calls with a decoy before a call that counts: two elements of each
operand have changed places, so that a matrix of one row has the sum of another one's, and gets its product.
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
