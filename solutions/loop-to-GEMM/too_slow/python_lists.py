"""Loops over Python lists in place of tensors: no tensor is made for each element, which is some ten times faster.

It is the first thing to try, and right in every respect (a Python float is a float64). It stays in the interpreter, so
it must fall short of the first rung, 50 times the loops.
"""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: passed
#   special: passed
#   steady: passed
#   own-work: passed
#   loops: failed too_slow
#   climb: skipped
#   summit: skipped
#   ragged: skipped
#   triton-compiles: failed runtime

from collections.abc import Sequence

import torch


def _inner(row: Sequence[float], column: Sequence[float]) -> float:
    """Multiply and add, element by element."""
    total = 0.0
    for k in range(len(row)):
        total += row[k] * column[k]
    return total


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    columns = list(zip(*b.tolist(), strict=True)) if b.shape[0] else [()] * b.shape[1]
    rows = [[_inner(row, column) for column in columns] for row in a.tolist()]
    return torch.tensor(rows, dtype=torch.float32).reshape(a.shape[0], b.shape[1])
