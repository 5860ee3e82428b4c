"""Calibration: windows between those who reach a tier and those who don't, with room for noise; refusals."""

from __future__ import annotations

import math

import pytest

from grader.authoring.calibrate import Advice, Measured, device_class, measured, propose
from harness.device import Machine
from harness.readings import Reading, Witness


def seen(solution: str, value: float, noise: float = 0.01) -> Measured:
    return Measured("fast", solution, value, value * (1 - noise), value * (1 + noise), noise, (value,))


def test_a_threshold_between_slow_and_right_stands() -> None:
    found = propose("fast", "top", 1.5, [seen("slow", 1.0), seen("right", 2.0)])

    assert (Advice.STANDS, 1.5) == (found.advice, found.proposed)
    assert 1.0 * 1.01 * 1.02 == pytest.approx(found.low)
    assert 2.0 * 0.99 * 0.98 == pytest.approx(found.high)


def test_a_threshold_too_near_to_what_was_measured_is_moved_to_the_middle_of_the_window() -> None:
    found = propose("fast", "top", 1.99, [seen("slow", 1.0), seen("right", 2.0)])

    assert Advice.MOVE == found.advice
    assert 1.41 == found.proposed


def test_without_anybody_below_or_above_one_side_is_open() -> None:
    reached = propose("fast", "low", 0.5, [seen("right", 2.0)])
    missed = propose("fast", "high", 5.0, [seen("right", 2.0)])

    assert (Advice.STANDS, 0.0) == (reached.advice, reached.low)
    assert (Advice.STANDS, math.inf) == (missed.advice, missed.high)


def test_nothing_is_proposed_where_no_room_is_left() -> None:
    found = propose("fast", "top", 1.05, [seen("slow", 1.0, 0.05), seen("right", 1.1, 0.05)])

    assert (Advice.TOO_NOISY, None) == (found.advice, found.proposed)
    assert "no room" in found.why


def test_nothing_is_proposed_on_a_machine_that_is_too_noisy() -> None:
    found = propose("fast", "top", 1.5, [seen("slow", 0.1), seen("right", 20.0, 0.3)])

    assert Advice.TOO_NOISY == found.advice
    assert "quieter machine" in found.why


def test_a_check_that_nobody_reached_is_not_measured() -> None:
    assert Advice.NOT_MEASURED == propose("fast", "top", 1.5, []).advice


def test_runs_are_put_together_with_the_widest_of_their_intervals() -> None:
    readings = [
        Reading("speedup", value, "x", Witness.JUDGE, low, high)
        for value, low, high in ((2.0, 1.9, 2.1), (2.2, 2.1, 2.4), (2.1, 2.0, 2.2))
    ]

    found = measured("fast", "right", readings)

    assert (2.1, 1.9, 2.4) == (found.value, found.low, found.high)
    assert 0.25 / 2.1 == pytest.approx(found.noise)


def test_a_class_of_machines_is_a_file_name() -> None:
    machine = Machine("AMD EPYC(TM) 7B13", 2, ("NVIDIA H100 80GB HBM3",), None, None, None, "3.12", frozenset({"cpu"}))

    assert "amd-epyc-7b13-2-cores-nvidia-h100-80gb-hbm3" == device_class(machine)
