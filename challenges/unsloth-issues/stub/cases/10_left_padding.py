"""Batched decoding with a key-value cache and prompts of different lengths.

Issue: "With batch size 1 my answers are good. In a batch (tokenizer pads on the left, mask is passed) the answer to the
longest prompt is good, those to shorter prompts start well with the first token and then fall apart, the worse the
shorter the prompt."
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional as F


@dataclass
class Layer:
    """One attention layer with rotated positions, and its cache.

    Attributes:
        project: weights of query, key and value, float `[3, width, width]`.
        keys: keys of all positions so far, `[batch, length, width]`.
        values: as `keys`.
    """

    project: torch.Tensor
    keys: torch.Tensor
    values: torch.Tensor

    def forward(self, states: torch.Tensor, positions: torch.Tensor, visible: torch.Tensor | None) -> torch.Tensor:
        """Attend from new states, `[batch, new, width]`; `visible` is bool, `[batch, new, length]`."""
        query, key, value = torch.einsum("bnw,cvw->cbnv", states, self.project)
        query, key = rotate(query, positions), rotate(key, positions)
        self.keys, self.values = torch.cat([self.keys, key], dim=1), torch.cat([self.values, value], dim=1)
        return states + F.scaled_dot_product_attention(query, self.keys, self.values, attn_mask=visible)


def rotate(x: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Turn pairs of features by an angle that grows with the position, `[batch, new]`."""
    half = x.shape[-1] // 2
    angle = positions[..., None] * 100.0 ** (-torch.arange(half) / half)
    first, second = x.split(half, dim=-1)
    cos, sin = angle.cos(), angle.sin()
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


def positions_of(mask: torch.Tensor) -> torch.Tensor:
    """Count real tokens: the first one of every row stands at 0, whatever is in front of it."""
    return (mask.long().cumsum(-1) - 1).clamp_min(0)


def decode(layer: Layer, states: torch.Tensor, mask: torch.Tensor, prompt: int) -> torch.Tensor:
    """Run a prompt, then one position after the other.

    Args:
        layer: with an empty cache.
        states: float `[batch, tokens, width]`: the prompt, then what is fed back.
        mask: which positions of the prompt are real tokens, bool `[batch, prompt]`; padding is on the left.
        prompt: positions of the prompt.

    Returns:
        what the layer gives for every position, shape of `states`; of padding anything.
    """
    causal = torch.ones(prompt, prompt, dtype=torch.bool).tril()
    outputs = [layer.forward(states[:, :prompt], positions_of(mask), causal & mask[:, None, :])]
    for position in range(prompt, states.shape[1]):
        mask = F.pad(mask, (0, 1), value=True)
        # One query sees all that came before it.
        outputs.append(layer.forward(states[:, position, None], positions_of(mask)[:, -1:], None))
    return torch.cat(outputs, dim=1)
