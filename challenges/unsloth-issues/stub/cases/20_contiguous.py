"""RMS normalisation by a kernel that walks through memory row by row.

Issue: "Outputs are garbage when I pass `x.transpose(0, 1)`, or a slice of a larger tensor, and for `x.expand(...)` I
get an error about storage, or rows of some other tensor. `.contiguous()` in front mends it. The code says that it takes
care of such inputs."
"""

from __future__ import annotations

import torch

EPSILON = 1e-6


def walk(x: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """See memory as the kernel does: from the first element of `x` on, one row right behind the other."""
    return x.as_strided((rows, columns), (columns, 1), x.storage_offset())


def kernel(source: torch.Tensor, weight: torch.Tensor, target: torch.Tensor, rows: int, columns: int) -> None:
    """Normalise every row of `source` into `target`; both are read as raw memory."""
    row = walk(source, rows, columns)
    inverse = torch.rsqrt(row.float().pow(2).mean(-1, keepdim=True) + EPSILON)
    walk(target, rows, columns).copy_(row.float() * inverse * weight.float())


def as_rows(x: torch.Tensor) -> torch.Tensor:
    """Bring a tensor into the layout that the kernel walks through."""
    if not x.is_contiguous:
        x = x.contiguous()
    return x


def rms_norm(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Normalise over the last dimension.

    Args:
        x: float `[..., columns]`, of any layout; stays as it is.
        weight: float `[columns]`, of any layout.

    Returns:
        contiguous, shape and dtype of `x`.
    """
    columns = x.shape[-1]
    source, scale = as_rows(x), as_rows(weight)
    target = torch.empty(x.shape, dtype=x.dtype)
    kernel(source, walk(scale, 1, columns), target, x.numel() // columns, columns)
    return target
