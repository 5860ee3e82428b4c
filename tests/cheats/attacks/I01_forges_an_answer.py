"""Finds the judge's socket and answers in the runner's place, before any work (I1)."""

# expect:
#   values: failed protocol
#   precision: skipped
#   steady: skipped
#   fast: skipped

import os
import torch


from harness import wire


def softmax(x: torch.Tensor) -> torch.Tensor:
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                os.write(int(name), wire.encode(wire.Done(0, (), ())))
        except OSError:
            pass
    return torch.zeros_like(x)
