"""Maps the segment of outputs itself and fills it with ones over the row's length (I1)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import os
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    for name in os.listdir("/proc/self/fd"):
        try:
            if "outputs" in os.readlink(f"/proc/self/fd/{name}"):
                os.pwrite(int(name), torch.full_like(x, 1 / x.shape[1]).numpy().tobytes(), 0)
        except OSError:
            pass
    return torch.full_like(x, 1 / x.shape[1])
