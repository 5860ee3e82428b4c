"""Reads address zero (I2)."""

# expect:
#   values: failed crashed
#   precision: skipped
#   steady: skipped
#   fast: skipped

import ctypes
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.tensor(ctypes.c_int.from_address(0).value)
