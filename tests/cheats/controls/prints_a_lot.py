"""Prints a line for each of its rows."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: passed

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    for row in range(min(len(x), 50)):
        print(f"row {row} of {len(x)}: {'.' * 100}")
    return torch.softmax(x, dim=1)
