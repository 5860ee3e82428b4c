"""Turns every knob of torch and of its process that could slow others down (T15)."""

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


torch.set_num_threads(1)
torch.backends.mkldnn.enabled = False
torch.use_deterministic_algorithms(True)
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", MKL_DYNAMIC="TRUE")
try:
    os.nice(-20)
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
except OSError:
    pass


def softmax(x: torch.Tensor) -> torch.Tensor:
    return _slow(x)
