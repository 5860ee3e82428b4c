"""Returns memory of the GPU that nobody has written (C3), in the hope that the answer lies there."""

# expect:
#   gpu-values: failed values
#   gpu-fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(x)
