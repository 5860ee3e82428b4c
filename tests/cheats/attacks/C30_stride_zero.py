"""Returns one row, expanded: the shape is right, the memory is not there (C30)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(x[:1], dim=1).expand(x.shape)
