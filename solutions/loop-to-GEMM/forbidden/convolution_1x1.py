"""Calls the product a convolution with a kernel of one pixel: K channels in, N channels out.

Any library routine that multiplies matrices is forbidden, whatever it is called. The dispatcher sees an operator that
neither creates, copies, reduces nor works element by element, and must refuse it.
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
from torch.nn import functional


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    if 0 in (*a.shape, b.shape[1]):
        return torch.zeros(a.shape[0], b.shape[1])
    pixels, kernel = a.t()[None, :, :, None], b.t()[:, :, None, None]
    return functional.conv2d(pixels, kernel)[0, :, :, 0].t().contiguous()
