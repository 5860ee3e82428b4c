"""The seal over the code that counts graphs: it holds by itself, and tells what was changed."""

from __future__ import annotations

import pytest
from torch._dynamo import symbolic_convert, utils
from torch.utils import _python_dispatch

from harness.inside.graph_seal import Seal


def test_a_seal_that_nobody_touches_holds() -> None:
    assert () == Seal().broken()


@pytest.mark.parametrize(
    ("owner", "name", "told"),
    [
        (utils, "get_compilation_metrics", "torch._dynamo.utils.get_compilation_metrics"),
        (
            symbolic_convert.InstructionTranslatorBase,
            "log_graph_break",
            "torch._dynamo.symbolic_convert.InstructionTranslatorBase.log_graph_break",
        ),
        (
            _python_dispatch.TorchDispatchMode,
            "__enter__",
            "torch.utils._python_dispatch.TorchDispatchMode.__enter__",
        ),
    ],
)
def test_a_function_that_was_replaced_is_named(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, told: str
) -> None:
    seal = Seal()
    monkeypatch.setattr(owner, name, lambda *given: None)

    assert told in seal.broken()

    monkeypatch.undo()

    assert () == seal.broken()


def test_code_that_was_exchanged_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    seal = Seal()
    monkeypatch.setattr(utils.get_compilation_metrics, "__code__", (lambda: []).__code__)

    assert ("torch._dynamo.utils.get_compilation_metrics",) == seal.broken()


def test_a_function_that_is_deleted_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    seal = Seal()
    monkeypatch.delattr(utils, "set_compilation_metrics_limit")

    assert ("torch._dynamo.utils.set_compilation_metrics_limit",) == seal.broken()
