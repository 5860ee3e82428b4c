"""Leaves a kernel on the GPU that turns round while others work (T14), to slow what it is raced against.

An answer counts as given when all work of this process has ended.
"""

# expect:
#   gpu-values: passed
#   gpu-fast: failed too_slow

import torch

_side = torch.cuda.Stream()


def softmax(x: torch.Tensor) -> torch.Tensor:
    out = torch.softmax(x, dim=1)
    with torch.cuda.stream(_side):
        torch.cuda._sleep(10_000_000)
    return out
