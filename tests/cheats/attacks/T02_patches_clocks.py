"""Sets every clock of its process to a standstill (T2) and takes its time.

The clock that counts is the judge's, in another process.
"""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: failed too_slow

import time
import torch


def _slow(x: torch.Tensor) -> torch.Tensor:
    """Softmax by float64, three times over: right, and slower than what it is raced against."""
    for _ in range(3):
        e = torch.exp(x.double() - x.double().amax(dim=1, keepdim=True))
        out = (e / e.sum(dim=1, keepdim=True)).float()
    return out


def _zero(*_arguments: object) -> float:
    return 0.0


time.time = time.perf_counter = time.monotonic = time.process_time = _zero
time.perf_counter_ns = time.monotonic_ns = lambda: 0


def softmax(x: torch.Tensor) -> torch.Tensor:
    return _slow(x)
