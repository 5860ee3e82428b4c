"""What a submission is raced against: the loops that everybody starts from, and the library's product."""

from __future__ import annotations

import torch


def loops(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply (M, K) by (K, N) element by element, the way the stub does."""
    rows, inner = a.shape
    columns = b.shape[1]
    out = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            total = 0.0
            for k in range(inner):
                total += a[i, k].item() * b[k, j].item()
            out[i, j] = total
    return out


def matmul(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply by the library that torch was built with."""
    return a @ b


def convolution(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply through a 1x1 convolution: another library routine, which the rules forbid as well."""
    return torch.nn.functional.conv2d(a.t()[None, :, :, None], b.t()[:, :, None, None])[0, :, :, 0].t().contiguous()
