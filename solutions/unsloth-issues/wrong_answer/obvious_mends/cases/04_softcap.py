"""Takes the factor away where a divisor is missing: bounded by 1."""

from __future__ import annotations

import torch


def softcap(logits: torch.Tensor, cap: float | None) -> torch.Tensor:
    """Bend logits smoothly so that none exceeds `cap`; small ones are left nearly as they are.

    Args:
        logits: any shape; computed in float32.
        cap: a positive bound, or None (or 0) for a model without one.
    """
    if not cap:
        return logits.float()
    return torch.tanh(logits.float() / cap)


def token_logprobs(
    hidden: torch.Tensor, head: torch.Tensor, tokens: torch.Tensor, cap: float | None, chunk: int = 64
) -> torch.Tensor:  # fmt: skip
    """Give the log-probability of each token without ever holding the logits of all positions.

    Args:
        hidden: float `[tokens, width]`.
        head: float `[vocabulary, width]`.
        tokens: int64 `[tokens]`, already shifted.
        cap: see `softcap`.
        chunk: positions whose logits are held at a time.

    Returns:
        float32 `[tokens]`.
    """
    parts = []
    for states, chosen in zip(hidden.split(chunk), tokens.split(chunk), strict=True):
        logits = softcap(states @ head.T, cap)
        picked = logits.gather(-1, chosen[:, None]).squeeze(-1)
        parts.append(picked - logits.logsumexp(-1))
    return torch.cat(parts)
