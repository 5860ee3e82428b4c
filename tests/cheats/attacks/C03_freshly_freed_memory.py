"""Returns memory that nobody has written, in the hope that the answer lies there (C3)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(x)
