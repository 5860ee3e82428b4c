"""Calls the library."""

# expect:
#   gpu-values: passed
#   gpu-fast: passed

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(x, dim=1)
