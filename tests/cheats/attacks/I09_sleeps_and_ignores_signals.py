"""Sleeps with every signal blocked (I9)."""

# expect:
#   values: failed timeout
#   precision: skipped
#   steady: skipped
#   fast: skipped

import signal
import time
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    while True:
        time.sleep(1000)
