"""Returns one row for all, in the hope that the comparison broadcasts (C12)."""

# expect:
#   values: failed shape
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(x, dim=1)[:1] if len(x) > 1 else torch.softmax(x, dim=1)
