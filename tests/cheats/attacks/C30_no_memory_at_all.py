"""Returns a tensor on the device `meta`, which has a shape and nothing else (C30)."""

# expect:
#   values: failed device
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(x, device="meta")
