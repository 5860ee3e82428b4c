"""Has torch.compile trace it (without a back end that takes long to start)."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: passed

import torch


@torch.compile(backend="aot_eager", dynamic=True)
def softmax(x: torch.Tensor) -> torch.Tensor:
    e = torch.exp(x - x.amax(dim=1, keepdim=True))
    return e / e.sum(dim=1, keepdim=True)
