"""Tests of the parts of messages: how far a tensor reaches, and which fields make which part."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.fields import WireError, record
from harness.parts import DTYPES, CallRequest, Scalar, Slot, TensorLayout

LAYOUT = {"dtype": "float32", "shape": [2, 3], "stride": [3, 1], "offset": 64}


@pytest.mark.parametrize(("name", "size_bytes"), DTYPES.items())
def test_the_size_of_an_element_is_what_torch_says(name: str, size_bytes: int) -> None:
    assert getattr(torch, name).itemsize == size_bytes


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 6)), max_size=4), st.sampled_from(["int8", "float64"]))
def test_a_tensor_reaches_to_the_end_of_its_farthest_element(dimensions: list[tuple[int, int]], dtype: str) -> None:
    shape, stride = [size for size, _ in dimensions], [step for _, step in dimensions]
    places = itertools.product(*map(range, shape))
    farthest = max(sum(at * step for at, step in zip(place, stride, strict=True)) for place in places)

    assert (farthest + 1) * DTYPES[dtype] == TensorLayout(dtype, tuple(shape), tuple(stride), 0).extent_bytes


def test_an_empty_tensor_takes_no_room() -> None:
    assert 0 == TensorLayout("float32", (3, 0, 5), (1000, 5, 1), 0).extent_bytes


def test_sizes_and_strides_must_belong_together() -> None:
    with pytest.raises(WireError, match="2 sizes and 1 strides"):
        TensorLayout("float32", (2, 3), (3,), 0)


def test_an_argument_is_a_tensor_or_a_scalar_by_its_fields() -> None:
    value = {"arguments": [LAYOUT, {"value": 2.5}], "slots": [{"offset": 0, "capacity": 24}]}
    expected = CallRequest((TensorLayout("float32", (2, 3), (3, 1), 64), Scalar(2.5)), (Slot(0, 24),))

    assert expected == record(CallRequest)(value, "calls[0]")


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"dtype": "float8_e4m3fn"}, r"\.dtype"),
        ({"shape": [2, -3]}, r"\.shape\[1\]"),
        ({"stride": [3, -1]}, r"\.stride\[1\]"),
        ({"shape": [1] * 9, "stride": [1] * 9}, r"\.shape"),
        ({"offset": -64}, r"\.offset"),
        ({"offset": 1 << 60}, r"\.offset"),
        ({"shape": [2]}, "1 sizes and 2 strides"),
        ({"device": "cpu"}, "fields"),
    ],
)
def test_a_layout_out_of_bounds_is_refused_with_its_place(changed: dict[str, Any], path: str) -> None:
    with pytest.raises(WireError, match=path):
        record(TensorLayout)(LAYOUT | changed, "layout")


@pytest.mark.parametrize("value", [None, [], "layout", 3, {}, {"dtype": "float32"}])
def test_a_part_with_other_fields_is_none_of_the_parts(value: Any) -> None:
    with pytest.raises(WireError, match=r"^argument: "):
        record(TensorLayout, Scalar)(value, "argument")
