"""Leaves the work to a finaliser that runs when the output is let go (T12)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch
import weakref


def softmax(x: torch.Tensor) -> torch.Tensor:
    out = torch.zeros_like(x)
    weakref.finalize(out, lambda view, given: view.copy_(torch.softmax(given, dim=1)), out.view(-1).view_as(x), x)
    return out
