"""Computes answers for many seeds while it is imported (T17), and looks the input up."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


_table = {}
for _seed in range(200):
    _x = torch.randn(8, 64, generator=torch.Generator().manual_seed(_seed))
    _table[float(_x[0, 0])] = torch.softmax(_x, dim=1)


def softmax(x: torch.Tensor) -> torch.Tensor:
    return _table.get(float(x[0, 0]), torch.zeros_like(x))
