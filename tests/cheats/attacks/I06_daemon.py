"""Leaves a daemon behind that should outlive the grading (I6); two forks and a session of its own."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import os
import signal
import time
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            time.sleep(3600)
        os._exit(0)
    return torch.zeros_like(x)
