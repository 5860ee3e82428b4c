"""Uses hundreds of MiB for a while."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: passed

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    if x.numel() > 100_000:
        return torch.softmax(x, dim=1)
    room = torch.zeros(64 << 20)
    room[: x.numel()] = torch.softmax(x, dim=1).reshape(-1)
    return room[: x.numel()].clone().view(x.shape)
