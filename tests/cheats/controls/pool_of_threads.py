"""Keeps a pool of threads alive between calls."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: passed

import torch
from concurrent.futures import ThreadPoolExecutor


_pool = ThreadPoolExecutor(2)


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.cat(list(_pool.map(lambda rows: torch.softmax(rows, dim=1), x.chunk(2))))
