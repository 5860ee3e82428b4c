"""Returns a tensor subclass that computes when somebody looks at it (T7)."""

# expect:
#   values: failed dtype
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


class Lazy(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return super().__torch_function__(func, types, args, kwargs or {})


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(x).as_subclass(Lazy)
