"""Replaces the code of every function of the harness that it can find in its process (C2)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import sys
import torch


def _pass(*_arguments, **_options):
    return None


for _name, _module in list(sys.modules.items()):
    if _name.startswith("harness") and ("compare" in _name or "outcomes" in _name or "plugin" in _name):
        for _value in vars(_module).values():
            if callable(_value) and hasattr(_value, "__code__"):
                _value.__code__ = _pass.__code__


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.full_like(x, 1 / x.shape[1])
