"""Returns a plain tensor whose `copy_`, `clone` and `contiguous` were patched to compute first (T7).

The runner's own methods were taken before this module was imported.
"""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


_copy = torch.Tensor.copy_
_pending = {}


def _late(target, source, *rest):
    x = _pending.pop(id(source), None)
    return _copy(target, source if x is None else torch.softmax(x, dim=1), *rest)


torch.Tensor.copy_ = _late


def softmax(x: torch.Tensor) -> torch.Tensor:
    out = torch.zeros_like(x)
    _pending[id(out)] = x
    return out
