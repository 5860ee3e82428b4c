"""Tells harmless operators from those that may multiply matrices: the library has too many doors to name them all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

_CREATE = {
    "arange", "empty", "empty_like", "empty_strided", "eye", "full", "full_like", "lift_fresh", "linspace",
    "new_empty", "new_empty_strided", "new_full", "new_ones", "new_zeros", "ones", "ones_like", "rand", "randint",
    "randn", "randperm", "scalar_tensor", "zeros", "zeros_like",
}  # fmt: skip
_COPY = {
    "_local_scalar_dense", "_to_copy", "_unsafe_index", "cat", "clone", "constant_pad_nd", "contiguous", "copy",
    "copy_", "fill", "fill_", "flip", "gather", "im2col", "index", "index_put", "index_put_", "index_select", "item",
    "masked_fill", "masked_fill_", "masked_select", "repeat", "repeat_interleave", "resize_", "roll", "scatter",
    "scatter_", "select_scatter", "slice_scatter", "sort", "stack", "topk", "tril", "triu", "where", "zero", "zero_",
}  # fmt: skip
_REDUCE = {
    "all", "amax", "amin", "any", "argmax", "argmin", "count_nonzero", "cummax", "cummin", "cumprod", "cumsum",
    "equal", "is_nonzero", "linalg_vector_norm", "logcumsumexp", "logsumexp", "max", "mean", "median", "min",
    "nonzero", "norm", "prod", "std", "sum", "var", "var_mean",
}  # fmt: skip
_ALLOWED = _CREATE | _COPY | _REDUCE


def forbidden_operators(seen: Iterable[str]) -> tuple[str, ...]:
    """Give those of the full overload names (`aten.mm.default`) that are not known to be harmless.

    Harmless is what creates, views, copies, works element by element, or reduces. Operators of a namespace that torch
    itself does not own are the submission's own code and are judged by where its time passes, not here.
    """
    return tuple(name for name in seen if name.startswith(("aten.", "mkldnn.", "prims.")) and not _is_harmless(name))


def computing_operators(seen: Iterable[str]) -> tuple[str, ...]:
    """Give those of the full overload names that do more than to create a tensor or to look at one.

    A copy computes as well: what is wanted of a kernel's wrapper is that it moves nothing itself.
    """
    return tuple(name for name in seen if _packet(name) not in _CREATE and not _is_view(_operator(name)))


def _is_harmless(name: str) -> bool:
    if _packet(name) in _ALLOWED:
        return True
    operator = _operator(name)
    return operator is not None and (torch.Tag.pointwise in operator.tags or _is_view(operator))


def _is_view(operator: Any) -> bool:
    """Whether the operator's schema says that it returns a view of an argument and writes nothing."""
    infos = [] if operator is None else [part.alias_info for part in operator._schema.returns]
    return bool(infos) and all(info is not None and not info.is_write for info in infos)


def _packet(name: str) -> str:
    """Give `mm` of `aten.mm.default`."""
    return (*name.split("."), "")[1]


def _operator(name: str) -> Any:
    """Give torch's operator of a full overload name; None where there is none."""
    namespace, packet, overload = (*name.split("."), "default", "default")[:3]
    return getattr(getattr(getattr(torch.ops, namespace, None), packet, None), overload, None)
