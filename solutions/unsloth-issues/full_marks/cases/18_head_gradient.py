"""Gradients of its own: nobody else's `.grad` is read or written."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as F


class ChunkedCrossEntropy(torch.autograd.Function):
    """Mean cross-entropy of `hidden @ weight.T`, whose gradients are made chunk by chunk while the loss is."""

    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor, chunk: int
    ) -> torch.Tensor:  # fmt: skip
        """Give the loss of hidden `[tokens, width]`, weight `[vocabulary, width]` and targets `[tokens]`."""
        head = weight.detach().requires_grad_()
        hidden_gradients, head_gradient = [], torch.zeros_like(head)
        loss = torch.zeros((), dtype=torch.float32)
        for states, chosen in zip(hidden.split(chunk), targets.split(chunk), strict=True):
            leaf = states.detach().requires_grad_()
            with torch.enable_grad():
                part = F.cross_entropy(leaf @ head.T, chosen, reduction="sum") / len(targets)
            hidden_part, head_part = torch.autograd.grad(part, (leaf, head))
            hidden_gradients.append(hidden_part)
            head_gradient += head_part
            loss += part.detach()
        ctx.save_for_backward(torch.cat(hidden_gradients), head_gradient)
        return loss

    @staticmethod
    def backward(ctx: Any, upstream: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Scale what was made in advance by the gradient that arrives."""
        hidden_gradient, weight_gradient = ctx.saved_tensors
        return hidden_gradient * upstream, weight_gradient * upstream, None, None


def head_loss(hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor, chunk: int = 1024) -> torch.Tensor:
    """Give the mean loss of all tokens, differentiable in `hidden` and `weight`.

    Args:
        hidden: float `[tokens, width]`.
        weight: the head, float `[vocabulary, width]`; may be the embedding too, and may have a `.grad` already.
        targets: int64 `[tokens]`.
        chunk: tokens whose logits are held at a time.
    """
    return ChunkedCrossEntropy.apply(hidden, weight, targets, chunk)
