"""Works in place, in the memory of its input (C9)."""

# expect:
#   values: failed input_mutated
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    x.sub_(x.amax(dim=1, keepdim=True)).exp_()
    return x / x.sum(dim=1, keepdim=True)
