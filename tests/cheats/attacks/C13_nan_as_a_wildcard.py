"""Gives NaN everywhere, since NaN is neither above nor below a bound (C13)."""

# expect:
#   values: failed nan
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.full_like(x, float("nan"))
