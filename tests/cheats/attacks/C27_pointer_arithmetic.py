"""Reads the memory around its input for outputs of earlier calls (C27)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import ctypes
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    around = (ctypes.c_float * (2 * x.numel())).from_address(x.data_ptr())
    beyond = torch.tensor(list(around)[x.numel() :])
    return beyond.view(x.shape) if beyond.numel() == x.numel() else torch.zeros_like(x)
