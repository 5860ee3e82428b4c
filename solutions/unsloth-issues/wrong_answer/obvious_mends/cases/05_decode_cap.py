"""Cuts off what exceeds the cap: bounded, and still not what was trained."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class HeadConfig:
    """What a config says of the last layer.

    Attributes:
        scale: factor of the logits, as Cohere's models have it; 1 for most.
        cap: bound of the logits, as Gemma's models have it; None for most.
    """

    scale: float = 1.0
    cap: float | None = None


def project(hidden: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Multiply states `[..., width]` with the head `[vocabulary, width]`, in float32."""
    return hidden.float() @ weight.float().T


def training_logits(hidden: torch.Tensor, weight: torch.Tensor, config: HeadConfig) -> torch.Tensor:
    """Give the logits of every position, `[batch, tokens, vocabulary]`."""
    logits = project(hidden, weight) * config.scale
    if config.cap is not None:
        logits = config.cap * torch.tanh(logits / config.cap)
    return logits


def decoding_logits(hidden: torch.Tensor, weight: torch.Tensor, config: HeadConfig) -> torch.Tensor:
    """Give the logits of the last position alone, `[batch, vocabulary]`: all that picks the next token."""
    logits = project(hidden[:, -1], weight)
    if config.cap is not None:
        logits = config.cap * torch.tanh(logits / config.cap)
    logits = logits * config.scale
    return logits if config.cap is None else logits.clamp(-config.cap, config.cap)


def sample(logits: torch.Tensor, temperature: float, generator: torch.Generator) -> torch.Tensor:
    """Draw the next token of every row, int64 `[batch]`."""
    probabilities = torch.softmax(logits / temperature, dim=-1)
    return torch.multinomial(probabilities, 1, generator=generator).squeeze(-1)
