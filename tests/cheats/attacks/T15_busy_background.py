"""Keeps processes busy in the background, so that the baseline gets slower (T15).

They stand still whenever the submission does not work itself, so they slow down nobody else.
"""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: failed too_slow

import os
import torch


def _slow(x: torch.Tensor) -> torch.Tensor:
    """Softmax by float64, three times over: right, and slower than what it is raced against."""
    for _ in range(3):
        e = torch.exp(x.double() - x.double().amax(dim=1, keepdim=True))
        out = (e / e.sum(dim=1, keepdim=True)).float()
    return out


_started = False


def softmax(x: torch.Tensor) -> torch.Tensor:
    global _started
    if not _started:
        _started = True
        for _ in range(2):
            if os.fork() == 0:
                os.setsid()
                while True:
                    pass
    return _slow(x)
