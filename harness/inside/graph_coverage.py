"""Counts aten operators inside and outside of compiled regions, and is the backend under which graphs are counted.

Where graphs are counted, every graph goes to this backend, whatever the submission asks for: AOTAutograd traces it and
its operators run one by one (`aot_eager`). Dynamo's work, its breaks and recompilations, is the same as with Inductor,
and it takes a hundredth of the time.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch._dynamo.backends.common import aot_autograd
from torch._functorch.partitioners import min_cut_rematerialization_partition
from torch.utils._python_dispatch import TorchDispatchMode

_ALLOCATE = frozenset({"aten::empty", "aten::empty_like", "aten::empty_strided", "aten::new_empty_strided"})
_TRANSPARENT = frozenset({"aten", "prims", "prim", "bitsandbytes", "higher_order", "inductor", "quantized"})
"""Namespaces of operators that a graph may call: what they do is known. Others may hide Python that nobody compiles."""


class Coverage(TorchDispatchMode):
    """While it is entered, operators outside of compiled regions are noted with the module that ran them.

    Attributes:
        inside: operators run in compiled regions.
        outside: (class of the innermost module, operator) to how often it ran outside.
        graphs: graphs that were compiled.
        graph_operators: what the graphs of Dynamo call.
        opaque: operators of unknown namespaces that the graphs call.
    """

    supports_higher_order_operators = True

    def __init__(self, driver_file: str | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._driver_file = driver_file
        self._depth = 0
        self.clear()

    def clear(self) -> None:
        """Forget what was counted."""
        self.inside = self.graphs = 0
        self.outside: collections.Counter[tuple[str, str]] = collections.Counter()
        self.graph_operators: set[str] = set()
        self.opaque: set[str] = set()

    @classmethod
    def ignore_compile_internals(cls) -> bool:
        """Let Dynamo compile although a mode is active."""
        return True

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if not self._depth and _computes(func):
            who = _innermost_module(self._driver_file)
            if who is not None:
                self.outside[who, str(func)] += 1
        return func(*args, **(kwargs or {}))

    def backend(self, graph: torch.fx.GraphModule, inputs: list[torch.Tensor], **_: Any) -> Callable[..., Any]:
        """Take one graph of Dynamo; a submission's own backend and its options are passed over."""
        self.graphs += 1
        for module in graph.modules():
            nodes = module.graph.nodes if isinstance(module, torch.fx.GraphModule) else ()
            self.graph_operators |= {_name_of(node.target) for node in nodes if node.op.startswith("call")}
        trace = aot_autograd(
            fw_compiler=self._counted, bw_compiler=self._counted, keep_inference_input_mutations=True,
            partition_fn=min_cut_rematerialization_partition,
        )  # fmt: skip
        compiled: Callable[..., Any] = trace(graph, inputs)
        return self._as_inside(compiled)

    def _counted(self, graph: torch.fx.GraphModule, _: list[torch.Tensor]) -> Callable[..., Any]:
        """Give a graph of aten operators as something that runs it and counts its operators every time."""
        operators = [node.target for node in graph.graph.nodes if node.op == "call_function"]
        self.opaque |= {str(one) for one in operators if _is_opaque(one)}
        count = sum(_computes(one) for one in operators)

        @functools.wraps(graph.forward)
        def run(arguments: list[Any]) -> Any:
            self.inside += count
            with self._within():
                return torch.fx.Interpreter(graph).boxed_run(arguments)

        run._boxed_call = True  # type: ignore[attr-defined]
        return run

    def _as_inside(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Let what AOTAutograd does around a graph count as inside of it."""

        @functools.wraps(function)
        def run(*arguments: Any, **options: Any) -> Any:
            with self._within():
                return function(*arguments, **options)

        return run

    @contextlib.contextmanager
    def _within(self) -> Iterator[None]:
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1


def _computes(operator: Any) -> bool:
    """Whether an operator makes values: views and allocations don't."""
    schema = getattr(operator, "_schema", None)
    if schema is None or schema.name in _ALLOCATE:
        return False
    # A view says so in its schema; `detach` and `alias` are views, too.
    return not getattr(operator, "is_view", False)


def _is_opaque(operator: Any) -> bool:
    namespace = getattr(operator, "namespace", None)
    return isinstance(namespace, str) and namespace not in _TRANSPARENT


def _name_of(target: Any) -> str:
    name = getattr(target, "__qualname__", None) or getattr(target, "__name__", None)
    return str(name or target)[:200]


def _innermost_module(driver_file: str | None) -> str | None:
    """Name the class of the innermost module at work that is not torch's own; None where the driver itself works."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename == driver_file:
            return None
        owner = frame.f_locals.get("self")
        if isinstance(owner, torch.nn.Module) and not type(owner).__module__.startswith("torch."):
            return type(owner).__name__
        frame = frame.f_back  # type: ignore[assignment]
    return ""
