"""The norm and the gate of a block, in the dtype of the model.

Issue: "Gemma 3 on a T4, which has no bfloat16: the loss is NaN from the first step in float16. I printed activations:
the residual stream has values around 800 after some layers, nothing near 65504, and still the output of the norm is 0
and that of the gated block is inf, then NaN. In float32 all is well: no output is larger than 100."
"""

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
    mean_square = x.pow(2).mean(-1, keepdim=True)
    normed = x * torch.rsqrt(mean_square + EPSILON)
    return normed * (1 + weight)


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
    return F.linear(inner, down)
