"""Loss over a large vocabulary in chunks, so that the logits of all tokens are never there at once.

Issue: "The gradient norm of `lm_head` is twice what plain PyTorch gives, that of the hidden states is right. With tied
embeddings it is worse: whatever gradient the embedding had before this loss is in there as well, twice over. Gradient
accumulation makes the factor grow with every micro-batch."
"""

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
        hidden_gradients = []
        loss = torch.zeros((), dtype=torch.float32)
        for states, chosen in zip(hidden.split(chunk), targets.split(chunk), strict=True):
            leaf = states.detach().requires_grad_()
            with torch.enable_grad():
                part = F.cross_entropy(leaf @ weight.T, chosen, reduction="sum") / len(targets)
            part.backward()
            hidden_gradients.append(leaf.grad)
            loss += part.detach()
        ctx.save_for_backward(torch.cat(hidden_gradients), weight.grad)
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
