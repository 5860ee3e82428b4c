"""Returns its one tensor in a list."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: passed

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    return [torch.softmax(x, dim=1)]
