"""Computes the adapter in float32, autocast or not, and rounds the sum once."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F


class AdaptedLinear(nn.Module):
    """`x @ base.T + scale * (x @ a.T) @ b.T`.

    Attributes:
        base: fixed weight, 16 bits, `[rows, columns]`.
        a: trained, float32, `[rank, columns]`.
        b: trained, float32, `[rows, rank]`.
        scale: factor of the adapter.
    """

    def __init__(self, base: torch.Tensor, a: torch.Tensor, b: torch.Tensor, scale: float) -> None:
        super().__init__()
        self.base = nn.Parameter(base, requires_grad=False)
        self.a, self.b = nn.Parameter(a), nn.Parameter(b)
        self.scale = scale

    def adapter(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the adapter's share in float32, `[..., rows]`."""
        with torch.autocast(x.device.type, enabled=False):
            return self.scale * F.linear(F.linear(x.float(), self.a), self.b)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the layer.

        Args:
            x: float `[..., columns]`, of the dtype of the base.

        Returns:
            `[..., rows]`, of the dtype of the base. Under autocast it is the same: the adapter is computed in float32,
            and rounded once, together with the base's share.
        """
        return (F.linear(x, self.base).float() + self.adapter(x)).to(self.base.dtype)
