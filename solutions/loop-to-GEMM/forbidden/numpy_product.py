"""Multiplies in numpy, which brings a library of its own: the dispatcher of torch sees nothing of it.

The program counters do: they lie in the OpenBLAS that numpy carries.
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


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    return torch.from_numpy(a.numpy() @ b.numpy())
