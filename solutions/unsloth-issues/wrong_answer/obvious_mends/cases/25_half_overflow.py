"""The norm is right; the product is cut off at what the dtype holds instead of being computed."""

from __future__ import annotations

import torch
from torch.nn import functional as F

EPSILON = 1e-6


def rms_norm(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Normalise over the last dimension and scale by 1 + weight, as Gemma does.

    Args:
        x: float `[..., width]`; values that the dtype can hold may be as large as they like.
        weight: float `[width]`.

    Returns:
        shape and dtype of `x`.
    """
    wide = x.float()
    mean_square = wide.pow(2).mean(-1, keepdim=True)
    normed = wide * torch.rsqrt(mean_square + EPSILON)
    return (normed * (1 + weight.float())).to(x.dtype)


def gated(gate: torch.Tensor, up: torch.Tensor, down: torch.Tensor) -> torch.Tensor:
    """Compute the gated product and project it down.

    Args:
        gate: float `[..., hidden]`.
        up: as `gate`.
        down: float `[width, hidden]`.

    Returns:
        `[..., width]`, dtype of `gate`; whatever happens in between, only the result must fit into it.
    """
    inner = F.gelu(gate, approximate="tanh") * up
    largest = torch.finfo(inner.dtype).max
    return F.linear(inner.clamp(-largest, largest), down)
