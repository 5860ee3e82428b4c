"""Tests of readings: one that says nothing can't be made."""

from __future__ import annotations

import math

import pytest

from harness.readings import Reading, Witness


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_reading_is_a_finite_number(value: float) -> None:
    with pytest.raises(ValueError, match="'speedup'"):
        Reading("speedup", value, "x", Witness.JUDGE)


@pytest.mark.parametrize(("low", "high"), [(1.0, None), (None, 3.0)])
def test_half_an_interval_is_none(low: float | None, high: float | None) -> None:
    with pytest.raises(ValueError, match="half an interval"):
        Reading("speedup", 2.0, "x", Witness.JUDGE, low, high)


@pytest.mark.parametrize(("low", "high"), [(2.1, 3.0), (1.0, 1.9), (3.0, 1.0), (math.nan, 3.0)])
def test_a_value_beside_its_interval_is_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="lies outside"):
        Reading("speedup", 2.0, "x", Witness.JUDGE, low, high)


def test_an_interval_may_have_no_width() -> None:
    reading = Reading("speedup", 2.0, "x", Witness.JUDGE, 2.0, 2.0)

    assert (2.0, 2.0) == (reading.low, reading.high)
