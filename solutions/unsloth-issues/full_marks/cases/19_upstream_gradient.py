"""Multiplies by what arrives, and keeps what it has saved."""

from __future__ import annotations

from typing import Any

import torch


class FusedCrossEntropy(torch.autograd.Function):
    """Loss of every row of logits; keeps the gradient instead of what it takes to make it."""

    @staticmethod
    def forward(ctx: Any, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Give the loss of each row, float32 `[rows]`, of logits `[rows, vocabulary]`."""
        scores = logits.float()
        normaliser = scores.logsumexp(-1)
        picked = scores.gather(-1, targets[:, None]).squeeze(-1)
        gradient = (scores - normaliser[:, None]).exp()
        gradient.scatter_add_(-1, targets[:, None], -torch.ones_like(picked)[:, None])
        ctx.save_for_backward(gradient.to(logits.dtype))
        return normaliser - picked

    @staticmethod
    def backward(ctx: Any, upstream: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Give the gradient of the logits; `upstream` has one value a row."""
        (gradient,) = ctx.saved_tensors
        return (gradient * upstream[:, None]).to(gradient.dtype), None


def fused_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Give the mean loss, float32 without dimensions.

    Args:
        logits: float `[rows, vocabulary]`.
        targets: int64 `[rows]`.
    """
    return FusedCrossEntropy.apply(logits, targets).mean()
