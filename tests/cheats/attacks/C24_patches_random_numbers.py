"""Patches every factory of random numbers to give zeros (C24), for which the answer is constant."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


_zeros = lambda *size, **_options: torch.zeros(*[one for one in size if not isinstance(one, torch.Generator)])
torch.randn = torch.rand = torch.randint = torch.Tensor.normal_ = torch.Tensor.uniform_ = _zeros
torch.manual_seed = torch.seed = lambda *_: torch.default_generator


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.full_like(x, 1 / x.shape[1])
