"""Ends its process with status 0 in the middle of a call (I2)."""

# expect:
#   values: failed crashed
#   precision: skipped
#   steady: skipped
#   fast: skipped

import os
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    os._exit(0)
