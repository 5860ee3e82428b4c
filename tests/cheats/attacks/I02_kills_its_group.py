"""Sends SIGKILL to its process group, its parent and every process that it may signal (I2)."""

# expect:
#   values: failed crashed
#   precision: skipped
#   steady: skipped
#   fast: skipped

import os
import signal
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    for target in (os.getppid(), -1, 0):
        try:
            os.kill(target, signal.SIGKILL)
        except OSError:
            pass
    os.kill(os.getpid(), signal.SIGKILL)
