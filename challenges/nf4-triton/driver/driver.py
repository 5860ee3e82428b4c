"""Calls the submission's `dequantize` with a `QuantState`, made in the guest from tensors and numbers.

The state is a stand-in with the attributes of bitsandbytes' own class: importing bitsandbytes takes seconds, and its
Triton kernels don't load where kernels are interpreted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch


@dataclass
class QuantState:
    """What `bitsandbytes.functional.quantize_4bit(..., compress_statistics=True)` returns beside the packed weights."""

    absmax: torch.Tensor
    shape: torch.Size | None
    code: torch.Tensor
    blocksize: int
    dtype: torch.dtype
    quant_type: str | None = None
    offset: torch.Tensor | None = None
    state2: QuantState | None = None

    @property
    def nested(self) -> bool:
        """Whether the scales are quantised themselves."""
        return self.state2 is not None


def dequantize(  # noqa: PLR0913, PLR0917 - what a state is made of
    load: Any,
    packed: torch.Tensor,
    absmax: torch.Tensor,
    code2: torch.Tensor,
    absmax2: torch.Tensor,
    offset: torch.Tensor,
    code: torch.Tensor,
    rows: int,
    columns: int,
    blocksize: int,
    dtype: str,
) -> torch.Tensor:
    """Rebuild the state and hand everything to the submission; (rows, columns) of the dtype that is named."""
    state = _state(absmax, code2, absmax2, offset, code, (rows, columns), blocksize, dtype)
    return load().dequantize(packed, state)


def first_of_two(load: Any, packed: torch.Tensor, *rest: Any) -> torch.Tensor:
    """Dequantise the weight, then the same with its packed bytes in reverse, and give the first result."""
    state = _state(*rest[:5], rest[5:7], *rest[7:])
    first: torch.Tensor = load().dequantize(packed, state)
    load().dequantize(packed.flip(0), state)
    return first


def compiled(load: Any, packed: torch.Tensor, *rest: Any) -> torch.Tensor:
    """Do the same from inside a compiled function, in which no graph may break, and double the result."""
    state = _state(*rest[:5], rest[5:7], *rest[7:])

    @torch.compile(fullgraph=True)
    def doubled(weights: torch.Tensor) -> torch.Tensor:
        return load().dequantize(weights, state) * 2

    return doubled(packed)


def stream(load: Any, packed: torch.Tensor, *rest: Any) -> torch.Tensor:
    """Move as many bytes in the same mix and compute nothing: the baseline's own, which no submission has."""
    state = _state(*rest[:5], rest[5:7], *rest[7:])
    return load().stream(packed, state)


def _state(
    absmax: torch.Tensor,
    code2: torch.Tensor,
    absmax2: torch.Tensor,
    offset: torch.Tensor,
    code: torch.Tensor,
    shape: tuple[int, int],
    blocksize: int,
    dtype: str,
) -> QuantState:
    inner = QuantState(absmax2, None, code2, 256, torch.float32)
    return QuantState(absmax, torch.Size(shape), code, blocksize, getattr(torch, dtype), "nf4", offset, inner)
