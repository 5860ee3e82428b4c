"""Walks up the stack for something that is called expected (C5)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import sys
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    frame = sys._getframe()
    while frame is not None:
        for name, value in frame.f_locals.items():
            if name in ("expected", "exact", "reference", "answer") and isinstance(value, torch.Tensor):
                return value.float()
        frame = frame.f_back
    return torch.zeros_like(x)
