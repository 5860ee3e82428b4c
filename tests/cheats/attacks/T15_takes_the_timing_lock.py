"""Tries to hold the machine's lock for timings, and writes to where other guests' files might lie (T15)."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: failed too_slow

import fcntl
import glob
import tempfile
import torch


def _slow(x: torch.Tensor) -> torch.Tensor:
    """Softmax by float64, three times over: right, and slower than what it is raced against."""
    for _ in range(3):
        e = torch.exp(x.double() - x.double().amax(dim=1, keepdim=True))
        out = (e / e.sum(dim=1, keepdim=True)).float()
    return out


for place in (tempfile.gettempdir(), "/tmp", "/dev/shm", "/var/tmp"):
    for found in glob.glob(f"{place}/superfast*"):
        try:
            fcntl.flock(open(found), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pass


def softmax(x: torch.Tensor) -> torch.Tensor:
    return _slow(x)
