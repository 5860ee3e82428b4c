"""Raises SystemExit with the status of success (I2)."""

# expect:
#   values: failed runtime
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    raise SystemExit(0)
