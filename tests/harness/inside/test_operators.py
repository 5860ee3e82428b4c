"""Tests of the record of operators: full names, only while it is on, only if it was asked for."""

from __future__ import annotations

import pytest
import torch

from harness.inside import operators
from harness.inside.operators import Recorder


def test_full_overload_names_are_recorded_in_alphabetical_order() -> None:
    recorder, a = Recorder(active=True), torch.ones(3, 3)
    with recorder:
        a.view(9).add(1.0)
        torch.mm(a, a, out=torch.empty(3, 3))

    assert ("aten.add.Tensor", "aten.empty.memory_format", "aten.mm.out", "aten.view.default") == recorder.seen()


def test_what_happens_outside_is_not_recorded() -> None:
    recorder, a = Recorder(active=True), torch.ones(3)
    a.mul(2)
    with recorder:
        a.neg()
    a.abs()

    assert ("aten.neg.default",) == recorder.seen()


def test_names_add_up_over_calls() -> None:
    recorder, a = Recorder(active=True), torch.ones(3)
    for operator in (torch.neg, torch.abs, torch.neg):
        with recorder:
            operator(a)

    assert ("aten.abs.default", "aten.neg.default") == recorder.seen()


def test_an_error_inside_ends_the_record_and_comes_through() -> None:
    recorder, a = Recorder(active=True), torch.ones(3)
    with pytest.raises(ValueError, match="mine"), recorder:
        a.neg()
        raise ValueError("mine")
    a.abs()

    assert ("aten.neg.default",) == recorder.seen()


def test_a_composite_operator_is_recorded_as_what_it_is_made_of() -> None:
    recorder, a = Recorder(active=True), torch.ones(2, 3)
    with recorder:
        torch.nn.functional.linear(a, a)

    assert any("mm" in name for name in recorder.seen())


def test_nothing_is_recorded_unless_it_was_asked_for() -> None:
    recorder = Recorder(active=False)
    with recorder:
        torch.ones(3).neg()

    assert () == recorder.seen()


def test_the_record_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operators, "MOST_NAMES", 2)
    recorder, a = Recorder(active=True), torch.ones(3)
    with recorder:
        a.neg().abs().sqrt()

    assert ("aten.abs.default", "aten.neg.default") == recorder.seen()
