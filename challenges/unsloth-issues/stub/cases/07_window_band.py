"""Attention that may be limited to a window.

Issue: "Two things with sliding-window models. (1) Perplexity on long texts does not move at all when I change
`sliding_window` from 4096 to 128, though decoding does. (2) My config has `sliding_window: 0` in its full-attention
layers (others write -1 there, or null): while decoding, all that these layers give out is zeros."
"""

from __future__ import annotations

import torch
from torch.nn import functional as F


def positions(q_len: int, k_len: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Give the positions of queries `[q_len, 1]` and keys `[1, k_len]`; the last query stands at the last key."""
    keys = torch.arange(k_len)
    return keys[k_len - q_len :, None], keys[None, :]


def visible(q_len: int, k_len: int, window: int | None) -> torch.Tensor:
    """Tell which key each query may see, bool `[q_len, k_len]`: itself and those before it, within the window."""
    queries, keys = positions(q_len, k_len)
    seen = keys <= queries
    if window is not None:
        seen &= queries - keys < window
    return seen


def attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: int | None = None) -> torch.Tensor:
    """Attend causally, over `window` keys where the layer has a window.

    Args:
        query: float `[batch, heads, q_len, width]`; the last query belongs to the last key.
        key: float `[batch, heads, k_len, width]`, with k_len >= q_len: the cache and what is new.
        value: as `key`.
        window: keys that a query sees, itself among them; the layer has none where it is None, 0 or negative.

    Returns:
        float, shape of `query`.
    """
    q_len, k_len = query.shape[-2], key.shape[-2]
    if q_len == k_len:
        # A prompt: the kernel has a fast path that needs no mask.
        return F.scaled_dot_product_attention(query, key, value, is_causal=True)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=visible(q_len, k_len, window))
