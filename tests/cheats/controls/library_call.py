"""Calls the library: nothing forbids it here."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: passed

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(x, dim=1)
