"""Returns a tensor that works when somebody looks at it (T7), on the GPU."""

# expect:
#   gpu-values: failed dtype
#   gpu-fast: skipped

import torch


class Lazy(torch.Tensor):
    """Holds its input, and computes at the first operator that reads it."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):  # noqa: ANN001, ANN206
        with torch._C.DisableTorchFunctionSubclass():
            return func(*(torch.softmax(a, 1) if isinstance(a, Lazy) else a for a in args), **(kwargs or {}))


def softmax(x: torch.Tensor) -> torch.Tensor:
    return x.as_subclass(Lazy)
