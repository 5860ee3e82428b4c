"""What a submission is raced against: `scale` one row at a time, called through the driver too."""

from __future__ import annotations

import torch


def scale(x: torch.Tensor) -> torch.Tensor:
    """Double one row at a time."""
    return torch.stack([row + row for row in x])
