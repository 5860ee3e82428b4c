"""Works in numpy and hands over memory that numpy owns."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: passed

import numpy
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    e = numpy.exp(x.numpy() - x.numpy().max(axis=1, keepdims=True))
    return torch.from_numpy(e / e.sum(axis=1, keepdims=True))
