"""Never returns (I9)."""

# expect:
#   values: failed timeout
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    while True:
        pass
