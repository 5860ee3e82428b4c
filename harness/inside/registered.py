"""Remembers which Python function stands behind an operator that is registered with `torch.library`.

Where tensors have no memory, torch runs an operator's fake implementation and never its kernel; where operators are
recorded, torch switches the recording off inside of one. A Triton kernel that is registered as an operator, as
torch.compile wants it, would be missed both times. So what is looked at there is entered through this record.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch.library import Library

_ON_CPU = ("CPU", "CompositeExplicitAutograd", "CompositeImplicitAutograd", "")
_ON_CUDA = ("CUDA", "CompositeExplicitAutograd", "CompositeImplicitAutograd", "")


@dataclass(frozen=True)
class Registered:
    """One Python function behind an operator, and whether the submission's own code has registered it."""

    function: Callable[..., Any]
    is_own: bool


_FOUND: dict[tuple[str, str], Registered] = {}


def remember(folder: str) -> None:
    """Take note of every function that is registered from now on; `folder` is the submission's."""
    register: Callable[..., Any] = Library.impl
    prefix = folder.rstrip("/") + "/"

    @functools.wraps(register)
    def impl(library: Library, op_name: Any, fn: Any, dispatch_key: str = "", **options: Any) -> Any:
        registered = register(library, op_name, fn, dispatch_key, **options)
        if not options.get("with_keyset"):
            _FOUND[_qualified(library, op_name), dispatch_key] = Registered(fn, _asked_by(prefix))
        return registered

    patched: Any = Library
    patched.impl = impl


def behind(operator: Any, device: str) -> Registered | None:
    """Give what was registered for an operator on `cpu` or `cuda`; None for what is not written in Python."""
    schema = getattr(operator, "_schema", None)
    keys = _ON_CUDA if device == "cuda" else _ON_CPU
    found = (_FOUND.get((schema.name, key)) for key in keys) if schema is not None else ()
    return next((one for one in found if one is not None), None)


def _qualified(library: Library, op_name: Any) -> str:
    """Give `namespace::name` of an operator that is named with or without its overload."""
    if not isinstance(op_name, str):
        return str(op_name._schema.name)
    name = op_name.partition(".")[0]
    return name if "::" in name else f"{library.ns}::{name}"


def _asked_by(prefix: str) -> bool:
    """Whether code below `prefix` is on the stack."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename.startswith(prefix):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False
