"""Watches what a submission does with torch beside its kernels, while they are interpreted."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from harness.inside import registered
from harness.inside.meter import Meter


class Watch(TorchDispatchMode):
    """Notes torch's operators that the submission calls outside of kernels, and the memory that they make.

    An operator that is written in Python is entered; the submission's own ones are not noted themselves.

    Attributes:
        names: full overload names (`aten.mul.Tensor`).
    """

    def __init__(self, meter: Meter) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._meter = meter
        self.names: set[str] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kernel = registered.behind(func, "cpu")
        if kernel is None:
            result = func(*args, **(kwargs or {}))
        else:
            with self:
                result = kernel.function(*args, **(kwargs or {}))
        if self._meter.current is None:
            if self._meter.in_submission() and not (kernel is not None and kernel.is_own):
                self.names.add(str(func))
            if isinstance(result, torch.Tensor) and result.layout is torch.strided:
                self._meter.own(result, "made inside")
        return result
