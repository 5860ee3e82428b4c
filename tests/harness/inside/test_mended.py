"""The arithmetic that replaces the interpreter's: every bfloat16, and float32 of all kinds, against torch."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.inside.mended import narrowed, widened


def torch_bits(values: np.ndarray) -> np.ndarray:
    """What torch makes of float32 when it narrows; NaN as one pattern, since its payload is nobody's promise."""
    return torch.from_numpy(values).to(torch.bfloat16).view(torch.int16).numpy().view(np.uint16)


def test_every_bfloat16_is_widened_exactly_and_comes_back() -> None:
    bits = np.arange(1 << 16, dtype=np.uint32).astype(np.uint16)
    expected = torch.from_numpy(bits.view(np.int16)).view(torch.bfloat16).float().numpy()
    numbers = ~np.isnan(expected)

    assert np.array_equal(expected, widened(bits), equal_nan=True)
    assert np.array_equal(bits[numbers], narrowed(widened(bits))[numbers])
    assert np.isnan(widened(narrowed(widened(bits[~numbers])))).all()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, (1 << 32) - 1), min_size=1, max_size=64))
def test_a_float32_is_narrowed_as_torch_does_it(bits: list[int]) -> None:
    values = np.array(bits, dtype=np.uint32).view(np.float32)
    numbers = ~np.isnan(values)

    assert np.array_equal(torch_bits(values)[numbers], narrowed(values)[numbers])
    assert np.isnan(widened(narrowed(values[~numbers]))).all()


def test_ties_go_to_the_even_neighbour_and_the_largest_overflow() -> None:
    values = np.array([0x3F808000, 0x3F818000, 0x3F808001, 0x7F7FFFFF, 0xFF7FFFFF], dtype=np.uint32).view(np.float32)

    assert [0x3F80, 0x3F82, 0x3F81, 0x7F80, 0xFF80] == narrowed(values).tolist()
