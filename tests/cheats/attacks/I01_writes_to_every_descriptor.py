"""Writes a result into every descriptor that its process has (I1), the judge's socket among them."""

# expect:
#   values: failed protocol
#   precision: skipped
#   steady: skipped
#   fast: skipped

import os
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    for name in os.listdir("/proc/self/fd"):
        try:
            os.write(int(name), b"\x00\x00\x00\x02{}")
        except OSError:
            pass
    return torch.zeros_like(x)
