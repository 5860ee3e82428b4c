"""The loss of one micro-batch as the trainer differentiates it.

Issue: "Since the update my fine-tune learns next to nothing with `gradient_accumulation_steps=16`. The gradient norm in
the log went from 1.1 to 0.07. If I raise the learning rate 16 times it trains as before. A colleague with an older
model class, on the same version of the trainer, sees nothing of the kind."
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn import functional as F

LossFunction = Callable[[torch.Tensor, torch.Tensor, int | None], torch.Tensor]
"""From logits, targets and, if it is told, the number of items of the whole step to a loss."""


@dataclass(frozen=True)
class Accumulation:
    """How a step is made up.

    Attributes:
        steps: micro-batches of one optimiser step.
        model_takes_count: whether the model's loss can be told how many tokens the whole step has; older classes can't.
    """

    steps: int
    model_takes_count: bool


def loss_by_count(logits: torch.Tensor, targets: torch.Tensor, count: int | None) -> torch.Tensor:
    """Sum over the tokens of this micro-batch, over the number of tokens of the step (its own if it is not told)."""
    total = F.cross_entropy(logits, targets, reduction="sum")
    return total / (targets.numel() if count is None else count)


def loss_by_mean(logits: torch.Tensor, targets: torch.Tensor, _: int | None) -> torch.Tensor:
    """Mean over this micro-batch: the loss of classes that were written before steps were counted."""
    return F.cross_entropy(logits, targets)


def loss_function(plan: Accumulation) -> LossFunction:
    """Give the loss of the model at hand."""
    return loss_by_count if plan.model_takes_count else loss_by_mean


def training_step(
    logits: torch.Tensor, targets: torch.Tensor, plan: Accumulation, items_in_step: int | None
) -> torch.Tensor:  # fmt: skip
    """Give what `backward` is called on for one micro-batch.

    Args:
        logits: float `[tokens, vocabulary]`.
        targets: int64 `[tokens]`.
        plan: how the step is made up.
        items_in_step: tokens in all micro-batches of the step, where the data loader could count them.
    """
    loss = loss_function(plan)(logits, targets, items_in_step)
    return loss / plan.steps
