"""Makes every comparison of torch and numpy true (C1), in its own process."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import numpy
import torch


_yes = lambda *_arguments, **_options: True
torch.allclose = torch.equal = torch.isclose = numpy.allclose = numpy.testing.assert_allclose = _yes
torch.testing.assert_close = torch.Tensor.allclose = torch.Tensor.equal = _yes
torch.abs = torch.Tensor.abs = lambda x, *_: torch.zeros_like(x)


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.full_like(x, 1 / x.shape[1])
