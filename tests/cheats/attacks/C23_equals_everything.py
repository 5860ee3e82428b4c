"""Returns an object that equals whatever it is compared with (C23)."""

# expect:
#   values: failed dtype
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


class Anything:
    shape, dtype, device, layout = (1, 1), torch.float32, torch.device("cpu"), torch.strided

    def __eq__(self, _other):
        return True

    def __getattr__(self, _name):
        return self

    def __call__(self, *_arguments, **_options):
        return self


def softmax(x: torch.Tensor) -> torch.Tensor:
    return Anything()
