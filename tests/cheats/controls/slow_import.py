"""Takes its time to be imported."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: passed

import time
import torch


time.sleep(3.0)


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(x, dim=1)
