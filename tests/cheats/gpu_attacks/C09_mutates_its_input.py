"""Works in place, on memory that belongs to the judge (C9)."""

# expect:
#   gpu-values: failed input_mutated
#   gpu-fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    out = torch.softmax(x, dim=1)
    x.zero_()
    return out
