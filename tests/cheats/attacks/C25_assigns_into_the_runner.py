"""Replaces the runner's own functions, so that every output counts as handed over (C25).

What counts is what lies in the judge's memory, and that holds no answer.
"""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


import harness.inside.guard
import harness.inside.runner
from harness.parts import Returned


def _put(tensor, slot, segment):
    return Returned("float32", tuple(tensor.shape), tuple(tensor.stride()), "cpu", True)


harness.inside.guard.put = harness.inside.runner.guard.put = _put


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.zeros_like(x)
