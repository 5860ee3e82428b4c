"""Looks through frames and the garbage collector for the judge's list of times, and divides what it finds (T9)."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: failed too_slow

import gc
import sys
import torch


def _slow(x: torch.Tensor) -> torch.Tensor:
    """Softmax by float64, three times over: right, and slower than what it is raced against."""
    for _ in range(3):
        e = torch.exp(x.double() - x.double().amax(dim=1, keepdim=True))
        out = (e / e.sum(dim=1, keepdim=True)).float()
    return out


def softmax(x: torch.Tensor) -> torch.Tensor:
    frame = sys._getframe()
    while frame is not None:
        for name, value in list(frame.f_locals.items()):
            if isinstance(value, list) and value and all(isinstance(one, float) for one in value):
                value[:] = [one / 100 for one in value]
            if name.endswith("_s") and isinstance(value, float):
                frame.f_locals[name] = value / 100
        frame = frame.f_back
    for value in gc.get_objects():
        if type(value) is list and value and all(type(one) is float for one in value):
            value[:] = [one / 100 for one in value]
    return _slow(x)
