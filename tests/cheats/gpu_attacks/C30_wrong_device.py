"""Returns an answer that is right and lies in the memory of the processor (C30)."""

# expect:
#   gpu-values: failed device
#   gpu-fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(x, dim=1).cpu()
