"""Works only while nothing seems to watch it: no tracer, no profiler, no pause since its last look (T18)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import sys
import time
import torch


_before = time.monotonic()


def softmax(x: torch.Tensor) -> torch.Tensor:
    global _before
    paused, _before = time.monotonic() - _before > 0.001, time.monotonic()
    watched = sys.gettrace() is not None or sys.getprofile() is not None or torch.autograd._profiler_enabled()
    return torch.softmax(x, dim=1) if watched and not paused else torch.zeros_like(x)
