"""Replaces every function that a checker could compare with by one that agrees (C1), then returns zeros.

The judge compares in a process of its own, which never imports a submission.
"""

# expect:
#   shapes: failed values
#   accuracy: skipped
#   exact: skipped
#   special: skipped
#   steady: skipped
#   own-work: skipped
#   loops: skipped
#   climb: skipped
#   summit: skipped
#   ragged: skipped
#   triton-compiles: skipped

import torch


def _agree(*_arguments: object, **_options: object) -> bool:
    """Find everything alike."""
    return True


torch.allclose = torch.equal = torch.testing.assert_close = _agree
torch.Tensor.allclose = torch.Tensor.equal = _agree


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return zeros."""
    return torch.zeros(a.shape[0], b.shape[1])
