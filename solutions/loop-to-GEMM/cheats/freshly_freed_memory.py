"""Computes nothing and returns memory that was just given back (C3): the answer of whoever used it before may be in it.

Whoever did was another process. NaN and Inf are cleaned away so that they don't tell; the values must.
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


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    freed = [torch.empty(a.shape[0], b.shape[1]) for _ in range(8)]
    del freed
    return torch.empty(a.shape[0], b.shape[1]).nan_to_num_(0.0, 0.0, 0.0)
