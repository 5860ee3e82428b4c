"""Returns a subclass that answers every operator with what it is compared to (C23)."""

# expect:
#   values: failed dtype
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        honest = [one for one in args if type(one) is torch.Tensor]
        return honest[0] if honest else torch.tensor(True)


def softmax(x: torch.Tensor) -> torch.Tensor:
    return x.as_subclass(Liar)
