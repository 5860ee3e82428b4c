"""Lets a forked child fill shared memory after the return (T6), in a session of its own."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import os
import time
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    out = torch.zeros_like(x, memory_format=torch.contiguous_format).share_memory_()
    if os.fork() == 0:
        os.setsid()
        time.sleep(0.003)
        out.copy_(torch.exp(x) / torch.exp(x).sum(1, keepdim=True))
        os._exit(0)
    return out
