"""Prints without end (I9)."""

# expect:
#   values: failed timeout
#   precision: skipped
#   steady: skipped
#   fast: skipped

import os
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    while True:
        try:
            os.write(1, b"x" * 65536)
        except OSError:
            pass
