"""Rounds to 16 bits of mantissa, which a loose tolerance lets through (C14)."""

# expect:
#   values: passed
#   precision: failed values
#   steady: passed
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    out = torch.softmax(x, dim=1).contiguous()
    return (out.view(torch.int32) & -256).view(torch.float32)
