"""Tests of segments: what is written is read, at the strides it had, and nothing reaches beyond."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.fields import WireError
from harness.parts import TensorLayout
from harness.payload import ALIGNMENT_BYTES, Segment, aligned, dtype_name, layout_of

SIZE_BYTES = 1 << 14


@pytest.fixture
def segment() -> Iterator[Segment]:
    made = Segment.create("test", SIZE_BYTES)
    yield made
    made.close()


@given(st.integers(0, 1 << 40))
def test_an_aligned_offset_is_the_next_multiple(offset: int) -> None:
    found = aligned(offset)

    assert 0 == found % ALIGNMENT_BYTES
    assert 0 <= found - offset < ALIGNMENT_BYTES


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(12.0).reshape(3, 4),
        torch.arange(12.0).reshape(3, 4).t(),
        torch.arange(24).reshape(4, 6)[::2, 1::3],
        torch.arange(3.0)[:, None].expand(3, 5),
        torch.arange(5.0).unfold(0, 2, 1),
        torch.tensor(2.5, dtype=torch.bfloat16),
        torch.ones(0, 3),
        torch.tensor([1 + 2j, 3 - 4j]),
        torch.tensor([True, False, True]),
        torch.tensor([float("nan"), float("inf"), -0.0]),
    ],
    ids=["rows", "columns", "steps", "broadcast", "overlapping", "scalar", "empty", "complex", "truth", "special"],
)
def test_what_is_written_is_read_with_the_strides_it_had(segment: Segment, tensor: torch.Tensor) -> None:
    layout = segment.write(tensor, 128)
    read = segment.view(layout)

    assert tensor.stride() == read.stride()
    assert tensor.dtype == read.dtype
    assert torch.equal(tensor.nan_to_num(7.0), read.nan_to_num(7.0))
    assert 0 == int(segment.bytes[:128].count_nonzero())
    assert 0 == int(segment.bytes[128 + layout.extent_bytes :].count_nonzero())


def test_a_view_shares_the_memory_of_its_segment(segment: Segment) -> None:
    view = segment.view(TensorLayout("int32", (2,), (1,), 64))
    other_side = Segment(os.dup(segment.descriptor))
    view[1] = 258
    seen = other_side.bytes[64:72].tolist()
    other_side.close()

    assert [0, 0, 0, 0, 2, 1, 0, 0] == seen


def test_the_storage_of_a_view_holds_that_tensor_alone(segment: Segment) -> None:
    view = segment.view(TensorLayout("float32", (3, 2), (2, 1), 64))

    assert 24 == view.untyped_storage().nbytes()
    assert 0 == view.storage_offset()


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        (TensorLayout("float32", (2,), (1,), SIZE_BYTES - 4), "beyond"),
        (TensorLayout("float32", (2,), (SIZE_BYTES,), 0), "beyond"),
        (TensorLayout("float64", (1 << 40, 1 << 40), (1 << 40, 1), 0), "beyond"),
        (TensorLayout("uint8", (0,), (1,), SIZE_BYTES + 1), "beyond"),
        (TensorLayout("float32", (2,), (1,), 62), "not aligned"),
    ],
)
def test_a_layout_that_does_not_lie_in_the_segment_is_refused(
    segment: Segment, layout: TensorLayout, words: str
) -> None:
    with pytest.raises(WireError, match=words):
        segment.view(layout)


def test_a_tensor_may_end_where_the_segment_ends(segment: Segment) -> None:
    layout = TensorLayout("float32", (2,), (1,), SIZE_BYTES - 8)
    segment.view(layout).fill_(1.0)

    assert [0, 0, 128, 63] == segment.bytes[-4:].tolist()


@pytest.mark.parametrize("size_bytes", [0, SIZE_BYTES - 1, SIZE_BYTES + 1])
def test_nobody_shrinks_or_grows_a_segment(segment: Segment, size_bytes: int) -> None:
    with pytest.raises(PermissionError):
        os.ftruncate(segment.descriptor, size_bytes)


def test_a_segment_is_not_inherited_unless_it_is_handed_over(segment: Segment) -> None:
    assert not os.get_inheritable(segment.descriptor)


def test_a_dtype_that_cannot_cross_keeps_the_name_that_torch_gives_it() -> None:
    assert "bool" == dtype_name(torch.bool)
    assert "float8_e4m3fn" == dtype_name(torch.float8_e4m3fn)


def test_a_layout_keeps_the_stride_of_a_broadcast_dimension() -> None:
    broadcast = torch.ones(3, 1).expand(3, 5)

    assert TensorLayout("float32", (3, 5), (1, 0), 64) == layout_of(broadcast, 64)
