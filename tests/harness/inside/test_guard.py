"""Tests of what a guest does with a returned value before anybody touches it, and of where it puts the socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from harness.inside.guard import WrongReturn, out_of_reach, put, returned_tensors
from harness.parts import Returned, Slot, TensorLayout
from harness.payload import Segment

SOCKET = 200


@pytest.fixture
def segment() -> Iterator[Segment]:
    made = Segment.create("test", 1 << 12)
    made.bytes.fill_(0xA5)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (torch.ones(1), 1),
        ((torch.ones(1),), 1),
        ([torch.ones(1)], 1),
        ((torch.ones(1), torch.ones(2)), 2),
        ([torch.ones(1), torch.ones(2)], 2),
        ((), 0),
    ],
)
def test_one_tensor_or_as_many_as_promised_are_taken(value: Any, count: int) -> None:
    found = returned_tensors(value, count)

    assert count == len(found)
    assert type(found) is tuple
    assert all(a is b for a, b in zip(found, value if isinstance(value, tuple | list) else (value,), strict=True))


@pytest.mark.parametrize(
    ("value", "count", "described"),
    [
        (None, 1, "expected torch.Tensor itself, got builtins.NoneType"),
        (3.0, 1, "got builtins.float"),
        ([], 1, "got a list of 0"),
        ((torch.ones(1), torch.ones(1)), 1, "expected 1 tensors, got a tuple of 2"),
        (torch.ones(2), 2, "expected 2 tensors, got torch.Tensor"),
        ([torch.ones(1), 2.0], 2, "expected torch.Tensor itself, got builtins.float"),
        (torch.nn.Parameter(torch.ones(1)), 1, "got torch.nn.parameter.Parameter"),
        (None, 2, "expected 2 tensors, got builtins.NoneType"),
        ({0: torch.ones(1)}, 1, "got builtins.dict"),
        ((x for x in [torch.ones(1)]), 1, "got builtins.generator"),
        (torch.eye(2).to_sparse(), 1, "layout torch.sparse_coo"),
    ],
)
def test_anything_else_is_refused_and_described(value: Any, count: int, described: str) -> None:
    with pytest.raises(WrongReturn, match=described):
        returned_tensors(value, count)


class Lazy(torch.Tensor):
    """A subclass that would compute as soon as anything of it is looked at."""

    @classmethod
    def __torch_function__(cls, *_: Any, **__: Any) -> Any:
        raise AssertionError("a method of the value was called")

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"{name} of the value was looked at")


class Sneaky(list):
    def __len__(self) -> int:
        raise AssertionError("a method of the value was called")


@pytest.mark.parametrize("kind", [Lazy, Sneaky])
def test_no_method_of_a_returned_value_runs_before_it_is_refused(kind: type[Any]) -> None:
    value = torch.ones(1).as_subclass(Lazy) if kind is Lazy else Sneaky([torch.ones(1)])
    with pytest.raises(WrongReturn, match=kind.__name__):
        returned_tensors(value, 1)


@pytest.mark.parametrize(
    "tensor",
    [torch.arange(6.0).reshape(2, 3), torch.arange(6.0).reshape(3, 2).t(), torch.arange(3.0).expand(2, 3)],
    ids=["rows", "columns", "broadcast"],
)
def test_a_tensor_is_put_row_by_row_and_described_as_it_was_returned(tensor: torch.Tensor, segment: Segment) -> None:
    said = put(tensor, Slot(70, 24), segment)
    lies = segment.view(TensorLayout("float32", (2, 3), (3, 1), 128))

    assert Returned("float32", (2, 3), tuple(tensor.stride()), "cpu", True) == said
    assert torch.equal(tensor, lies)
    assert {0xA5} == set(segment.bytes[:128].tolist()) == set(segment.bytes[152:].tolist())


@pytest.mark.parametrize(
    ("tensor", "dtype", "device"),
    [
        (torch.ones(7), "float32", "cpu"),
        (torch.ones(6, dtype=torch.float64), "float64", "cpu"),
        (torch.ones(2, dtype=torch.float8_e4m3fn), "float8_e4m3fn", "cpu"),
        (torch.ones(1 << 40, device="meta"), "float32", "meta"),
    ],
    ids=["too long", "too wide", "unknown", "without memory"],
)
def test_a_tensor_that_does_not_fit_is_described_and_not_written(
    tensor: torch.Tensor, dtype: str, device: str, segment: Segment
) -> None:
    said = put(tensor, Slot(0, 24), segment)

    assert (dtype, tuple(tensor.shape), device, False) == (said.dtype, said.shape, said.device, said.written)
    assert {0xA5} == set(segment.bytes.tolist())


def test_a_tensor_that_belongs_to_a_graph_is_put_all_the_same(segment: Segment) -> None:
    put(torch.full((2,), 3.0, requires_grad=True) * 2, Slot(0, 8), segment)

    assert [6.0, 6.0] == segment.view(TensorLayout("float32", (2,), (1,), 0)).tolist()


def test_an_honest_patch_of_torch_does_not_reach_the_copy(segment: Segment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.Tensor, "copy_", lambda *_: pytest.fail("the patched method was called"))
    put(torch.ones(2), Slot(0, 8), segment)

    assert [1.0, 1.0] == segment.view(TensorLayout("float32", (2,), (1,), 0)).tolist()


def test_the_socket_moves_to_a_high_number_that_no_child_inherits() -> None:
    here, there = socket.socketpair()
    low = here.detach()
    high = out_of_reach(low)
    with there, socket.socket(fileno=high) as moved:
        there.sendall(b"ping")
        heard, inheritable = moved.recv(4), moved.get_inheritable()

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(low)
    assert high >= SOCKET
    assert (b"ping", False) == (heard, inheritable)
