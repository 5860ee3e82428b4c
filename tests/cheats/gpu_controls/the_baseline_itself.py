"""Is what it is raced against: right, and not faster."""

# expect:
#   gpu-values: passed
#   gpu-fast: failed too_slow

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    e = torch.exp(x.double() - x.double().amax(dim=1, keepdim=True))
    return (e / e.sum(dim=1, keepdim=True)).float()
