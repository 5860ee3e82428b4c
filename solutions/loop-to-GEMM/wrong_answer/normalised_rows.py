"""Scales every row of a to a largest element of 1 and scales the result back, "for stability".

The division rounds each element once more. That stays within the tolerances of shapes and of accuracy, but where fp32
can be exact (odd integers of 19 bits, each selected once) the result must be, and the check named exact sees the
difference. It is right otherwise, NaN and Inf included.
"""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: failed values
#   special: passed
#   steady: passed
#   own-work: passed
#   loops: skipped
#   climb: skipped
#   summit: skipped
#   ragged: skipped

import torch


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    finite = torch.where(a.isfinite(), a.abs(), 0.0)
    scale = finite.amax(1, keepdim=True) if a.shape[1] else torch.ones(a.shape[0], 1)
    scale = torch.where(scale > 0.0, scale, 1.0)
    a = a / scale
    out = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[None, k]
    return out * scale
