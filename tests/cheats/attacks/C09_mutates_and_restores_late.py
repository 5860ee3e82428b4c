"""Changes its input and lets a thread put it back after the return (C9)."""

# expect:
#   values: failed input_mutated
#   precision: skipped
#   steady: skipped
#   fast: skipped

import threading
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    saved, out = x.clone(), torch.softmax(x, dim=1)
    x.zero_()
    threading.Timer(0.005, lambda: x.copy_(saved)).start()
    return out
