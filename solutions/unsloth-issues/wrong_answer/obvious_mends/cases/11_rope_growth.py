"""Never looks behind the end of the table: every later token gets the last angle."""

from __future__ import annotations

import torch


class RotaryTable:
    """Cosines and sines of every position up to a length.

    Attributes:
        width: features of a head; even.
        base: wavelengths grow up to about this.
        step: the table grows by whole multiples of this.
        cos: float32 `[length, width / 2]`.
        sin: as `cos`.
    """

    def __init__(self, width: int, base: float = 10_000.0, step: int = 32) -> None:
        self.width, self.base, self.step = width, base, step
        self.cos = self.sin = torch.empty(0, width // 2)

    @property
    def length(self) -> int:
        """Positions that the table knows."""
        return len(self.cos)

    def build(self, length: int) -> None:
        """Make the table anew, for `length` positions at least."""
        rows = -(-length // self.step) * self.step
        frequency = self.base ** (-torch.arange(0, self.width, 2, dtype=torch.float32) / self.width)
        angle = torch.arange(rows, dtype=torch.float32)[:, None] * frequency
        self.cos, self.sin = angle.cos(), angle.sin()


def rotate(x: torch.Tensor, positions: torch.Tensor, table: RotaryTable) -> torch.Tensor:
    """Rotate queries or keys.

    Args:
        x: float `[tokens, heads, width]`: a prompt, or the one new token of a conversation with a cache.
        positions: where each token stands, int64 `[tokens]`.
        table: grows when it is too short.

    Returns:
        shape and dtype of `x`.
    """
    tokens = x.shape[0]
    if tokens > table.length:
        table.build(tokens)
    known = positions.clamp(max=table.length - 1)
    cos, sin = (part[known][:, None, :] for part in (table.cos, table.sin))
    first, second = x.float().chunk(2, dim=-1)
    turned = torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
    return turned.to(x.dtype)
