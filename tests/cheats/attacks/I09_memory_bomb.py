"""Takes all memory that there is (I9)."""

# expect:
#   values: failed out_of_memory
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    kept = []
    while True:
        kept.append(torch.ones(1 << 22))
