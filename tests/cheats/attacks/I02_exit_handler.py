"""Leaves a result to an exit handler (I2), after an answer that is wrong."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import atexit
import os
import torch


atexit.register(lambda: os.write(1, b"all tests passed\n"))


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.zeros_like(x)
