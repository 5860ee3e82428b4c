"""The seal of the graph meter: fingerprints of the code that counts, taken before a submission is imported.

Whoever changes what Dynamo counts has to change a function, a method or a table that the count goes through. The
seal remembers the identity and the code of every one of them and tells afterwards which have changed. It is broken,
too, when the record of compilations was emptied. It can't keep a submission from writing to the memory of its own
process by other ways; so what is counted stays the guest's word.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

_PACKAGES = ("torch._dynamo", "torch._functorch._aot_autograd", "harness.inside")
_MODULES = (
    "torch._functorch.aot_autograd", "torch.compiler", "torch.utils._python_dispatch", "torch._ops", "torch.overrides",
)  # fmt: skip
_MOST_TOLD = 8


class Seal:
    """Fingerprints of every function of the modules that count, as they are when the seal is made."""

    def __init__(self) -> None:
        self._before = _fingerprints()

    def broken(self) -> tuple[str, ...]:
        """Name what has changed since, at most a few; nothing when the seal holds.

        Modules that were imported later are nobody's doing.
        """
        now = _fingerprints()
        changed = [name for name, mark in self._before.items() if now.get(name) != mark]
        return tuple(sorted(changed)[:_MOST_TOLD])


def _fingerprints() -> dict[str, tuple[Any, ...]]:
    marks: dict[str, tuple[Any, ...]] = {}
    for name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType) and _is_sealed(name):
            for place, function in _functions(name, module):
                marks[place] = _mark(function)
    return marks


def _is_sealed(name: str) -> bool:
    return name in _MODULES or any(name == package or name.startswith(f"{package}.") for package in _PACKAGES)


def _functions(name: str, module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Give the functions of a module, and those of the classes that it defines, with their places."""
    for key, value in list(vars(module).items()):
        if isinstance(value, type):
            if value.__module__ == name:
                yield from _methods(f"{name}.{key}", value)
        elif _is_function(value):
            yield f"{name}.{key}", value


def _methods(place: str, kind: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    for key, value in list(vars(kind).items()):
        inner = value.__func__ if isinstance(value, staticmethod | classmethod) else value
        if isinstance(inner, property) and inner.fget is not None:
            inner = inner.fget
        if _is_function(inner):
            yield f"{place}.{key}", inner


def _is_function(value: Any) -> bool:
    return isinstance(value, FunctionType) or (callable(value) and hasattr(value, "__wrapped__"))


def _mark(function: Callable[..., Any]) -> tuple[Any, ...]:
    code = getattr(function, "__code__", None)
    defaults = getattr(function, "__defaults__", None)
    return id(function), id(code), _text_of(code), id(defaults) if defaults else None


def _text_of(code: Any) -> int | None:
    return hash((code.co_code, code.co_names, code.co_consts)) if isinstance(code, CodeType) else None
