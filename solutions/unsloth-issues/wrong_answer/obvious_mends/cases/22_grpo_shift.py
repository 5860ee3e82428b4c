"""Shifts not at all."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Objective:
    """What is optimised.

    Attributes:
        beta: weight of the divergence from the reference.
        clip: how far the ratio of new to old probability counts.
    """

    beta: float = 0.04
    clip: float = 0.2


def predicting(logits: torch.Tensor, completion: int) -> torch.Tensor:
    """Cut the logits `[batch, tokens, vocabulary]` down to those that predict the last `completion` tokens."""
    return logits[:, :-1][:, -completion:]


def token_logprobs(logits: torch.Tensor, ids: torch.Tensor, completion: int) -> torch.Tensor:
    """Give the log-probability of each token of the completion.

    Args:
        logits: float `[batch, tokens, vocabulary]`, as the model gives them: position i predicts token i + 1.
        ids: int64 `[batch, tokens]`, prompt and completion.
        completion: tokens of the completion; at least two tokens stand before it.

    Returns:
        float32 `[batch, completion]`.
    """
    logits = logits[:, -completion:].float()
    chosen = ids[:, -completion:, None]
    return logits.gather(-1, chosen).squeeze(-1) - logits.logsumexp(-1)


def grpo_loss(
    new: torch.Tensor, old: torch.Tensor, reference: torch.Tensor, advantages: torch.Tensor, mask: torch.Tensor,
    objective: Objective,
) -> torch.Tensor:  # fmt: skip
    """Give the mean loss of the tokens that count.

    Args:
        new: log-probabilities of the policy, `[batch, completion]`.
        old: those of the policy that wrote the completions, as `new`.
        reference: those of the model that it started from, as `new`.
        advantages: float `[batch]`.
        mask: which tokens count, bool `[batch, completion]`.
        objective: weights.
    """
    ratio = (new - old).exp()
    clipped = ratio.clamp(1 - objective.clip, 1 + objective.clip)
    gain = torch.minimum(ratio * advantages[:, None], clipped * advantages[:, None])
    gap = reference - new
    loss = objective.beta * (gap.exp() - gap - 1) - gain
    return (loss * mask).sum() / mask.sum().clamp_min(1)
