"""A 16-bit linear layer with a low-rank adapter in float32.

Issue: "My model is bfloat16, and behind the first adapted layer every activation is float32: memory doubled, and the
next layer that isn't adapted complains about mixed dtypes. Under autocast it is the same. Please don't cast the adapter
down: we tried that, and small updates got lost."
"""

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
        return self.scale * F.linear(F.linear(x.float(), self.a), self.b)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the layer.

        Args:
            x: float `[..., columns]`, of the dtype of the base.

        Returns:
            `[..., rows]`, of the dtype of the base. Under autocast it is the same: the adapter is computed in float32,
            and rounded once, together with the base's share.
        """
        return F.linear(x, self.base).float() + self.adapter(x)
