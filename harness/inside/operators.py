"""Records the operators that the dispatcher sees: the friendly witness of a rule, never the one that acquits."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

MOST_NAMES = 2000


class _Mode(TorchDispatchMode):
    def __init__(self, names: set[str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._names = names

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        self._names.add(str(func))
        return func(*args, **(kwargs or {}))


class Recorder:
    """A context in which full overload names (`aten.mm.default`) are collected, or nothing if it was not asked to.

    Autograd's own decompositions count, code that leaves the dispatcher (ctypes, numpy, C++) does not show.
    """

    def __init__(self, active: bool) -> None:
        self._names: set[str] = set()
        self._mode = _Mode(self._names) if active else None

    def __enter__(self) -> None:
        """Start to record."""
        if self._mode is not None:
            self._mode.__enter__()  # type: ignore[no-untyped-call]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop to record, whatever happened inside."""
        if self._mode is not None:
            self._mode.__exit__(kind, error, trace)  # type: ignore[no-untyped-call]

    def seen(self) -> tuple[str, ...]:
        """Give the names seen so far, in alphabetical order, at most `MOST_NAMES`."""
        return tuple(sorted(self._names)[:MOST_NAMES])
