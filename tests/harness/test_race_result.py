"""Tests of what is made of a finished race: intervals, what noise does to them, readings, and late stops."""

from __future__ import annotations

import numpy as np
import pytest

from harness import stats
from harness.errors import SubmissionFault
from harness.race_result import Frames, Tally, intervals, refuse_late_stops, result_of
from harness.readings import Cause, Reading, Witness
from harness.sandbox.witness import LibraryWitness
from harness.stats import Round

FRAMES = Frames(candidate_calls=2, baseline_calls=3)


def tally_of(count: int, ratio: float = 2.0, control: float = 1.0, alternating: float = 1.0) -> Tally:
    """Rounds of three pairs; every other round of a pair reads `alternating` times the control."""
    rounds = [
        Round(number % 3, 0.01 / ratio, 0.01, 0.01 / control / (alternating if number // 3 % 2 else 1.0))
        for number in range(count)
    ]
    return Tally(rounds, [0.001] * count, [0.001] * count)


def readings_of(
    tally: Tally, flop_count: float | None = None, forbidden: tuple[str, ...] = (), nothing_s: float = 0.0004
) -> dict[str, Reading]:
    result = result_of(tally, FRAMES, nothing_s, "matmul", flop_count, LibraryWitness(forbidden))
    return {reading.name: reading for reading in result.readings}


def test_a_quiet_race_reads_its_ratio_and_no_noise() -> None:
    speedup, control, noise = intervals(tally_of(16), 0)

    assert 2.0 == pytest.approx(speedup.mid)
    assert speedup.width < 0.04
    assert (1.0, 1.0, 1.0) == (control.low, control.mid, control.high)
    assert noise is None


@pytest.mark.parametrize("control", [1.05, 1 / 1.05])
def test_a_control_that_is_off_widens_the_interval_by_as_much_on_either_side(control: float) -> None:
    own = stats.speedup(tally_of(16, control=control).rounds, np.random.default_rng(0), stats.level_for(0))
    speedup, _, noise = intervals(tally_of(16, control=control), 0)

    assert (own.low / 1.05, 2.0, own.high * 1.05) == pytest.approx((speedup.low, speedup.mid, speedup.high))
    assert noise is not None
    assert f"{control:.3f}, outside 0.98 to 1.02" in noise


def test_a_control_that_is_only_wide_is_told_but_counted_once() -> None:
    wide = tally_of(15, alternating=1.2)
    own = stats.speedup(wide.rounds, np.random.default_rng(0), stats.level_for(0))
    speedup, control, noise = intervals(wide, 0)
    off = max(control.mid, 1 / control.mid)

    assert noise is not None
    assert "wide" in noise or "outside" in noise
    assert (own.low / off, own.high * off) == pytest.approx((speedup.low, speedup.high))


def test_every_look_has_its_own_level() -> None:
    noisy = Tally([Round(n % 3, 0.01 * (1.1 if n % 2 else 1.0), 0.01, 0.01) for n in range(16)])
    widths = [intervals(noisy, stage)[0].width for stage in range(len(stats.STAGES))]

    assert sorted(widths, reverse=True) == widths
    assert len(set(widths)) == len(widths)


@pytest.mark.parametrize(("count", "stage"), [(4, 0), (16, 0), (49, 0), (50, 1), (199, 1), (200, 2)])
def test_a_race_that_ended_between_two_looks_is_judged_as_at_the_last_one(count: int, stage: int) -> None:
    tally = Tally([Round(n % 3, 0.01 * (1.1 if n % 2 else 1.0), 0.01, 0.01) for n in range(count)])
    reading = readings_of(tally)["speedup"]
    expected, _, _ = intervals(tally, stage)

    assert (expected.low, expected.mid, expected.high) == (reading.low, reading.value, reading.high)


def test_readings_say_what_was_measured_and_how() -> None:
    tally = tally_of(16)
    found = readings_of(tally)

    assert ["speedup", "control", "candidate_wall", "baseline_wall", "empty_frame"] == list(found)
    assert {Witness.JUDGE} == {reading.witness for reading in found.values()}
    assert tally.ratios == found["speedup"].samples
    assert "against matmul, 16 interleaved rounds" == found["speedup"].note
    assert (0.005, "s", (0.005,) * 16) == tuple(
        getattr(found["candidate_wall"], name) for name in ("value", "unit", "samples")
    )
    assert "per call, 2 calls a frame" == found["candidate_wall"].note
    assert "per call, 3 calls a frame" == found["baseline_wall"].note
    assert (0.0004, "s") == (found["empty_frame"].value, found["empty_frame"].unit)


def test_a_rate_is_that_of_the_median_call() -> None:
    tally = Tally([Round(n % 3, (0.001, 0.002, 0.9)[n % 3], 0.01, 0.01) for n in range(15)])
    rate = readings_of(tally, flop_count=4e6)["rate"]

    assert 2.0 == pytest.approx(rate.value)
    assert "GFLOP/s" == rate.unit


def test_the_share_of_the_library_is_read_only_where_it_is_forbidden() -> None:
    assert "library_share" not in readings_of(tally_of(16))
    assert "0 samples: " == readings_of(tally_of(16), forbidden=("matmul",))["library_share"].note


@pytest.mark.parametrize(
    ("candidate_s", "baseline_s"),
    [([0.0195] * 5, [0.0001] * 5), ([0.001, 0.001, 3.0], [0.001] * 3), ([0.09] * 5, [0.01] * 5)],
    ids=["a short while", "once", "as the baseline does"],
)
def test_a_stop_that_any_process_might_need_is_borne(candidate_s: list[float], baseline_s: list[float]) -> None:
    refuse_late_stops(Tally([], candidate_s, baseline_s))


@pytest.mark.parametrize(("candidate_s", "baseline_s"), [([0.021] * 5, [0.0001] * 5), ([0.11] * 5, [0.01] * 5)])
def test_a_process_that_goes_on_after_its_answer_is_a_fault(candidate_s: list[float], baseline_s: list[float]) -> None:
    with pytest.raises(SubmissionFault) as fault:
        refuse_late_stops(Tally([], candidate_s, baseline_s))

    assert Cause.INTEGRITY == fault.value.failure.cause
    assert f"{1e3 * candidate_s[0]:.1f} ms after it had answered" in fault.value.failure.message
