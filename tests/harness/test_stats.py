"""Tests of the ratio, its interval, and the sequential decision."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats import (
    LEAST_BIAS,
    STAGES,
    Interval,
    Round,
    control,
    decide,
    is_too_noisy,
    level_for,
    speedup,
    undecided_tiers,
)

T_975_OF_4, T_975_OF_8 = 2.7764451052, 2.3060041350
Estimate = Callable[..., Interval]
BOTH = pytest.mark.parametrize("estimate", [speedup, control])
NO_TIMES = [0.0, -1.0, math.nan, math.inf]

seeds = st.integers(0, 2**32 - 1)
factors = st.floats(1e-3, 1e3)
ratios = st.floats(0.1, 10.0)


def noisy_rounds(seed: int, count: int, true_ratio: float = 1.0, bias: float = 0.005, pairs: int = 3) -> list[Round]:
    """Rounds with a bias of each process, 3 % noise of each call and a drift of 5 % that each round shares."""
    rng = np.random.default_rng(seed)
    process = rng.normal(0, bias, (pairs, 3))
    rounds = []
    for index in range(count):
        drift = 0.05 * math.sin(index / 10)
        candidate, baseline, other = np.exp(process[index % pairs] + rng.normal(drift, 0.03, 3))
        rounds.append(Round(index % pairs, float(candidate) / true_ratio, float(baseline), float(other)))
    return rounds


def fresh_rng() -> np.random.Generator:
    return np.random.default_rng(7)


def bounds(interval: Interval) -> tuple[float, float, float]:
    return interval.low, interval.mid, interval.high


def race(rounds: list[Round], threshold: float) -> str:
    rng = fresh_rng()
    verdicts = (decide(speedup(rounds[:count], rng, level_for(look)), threshold) for look, count in enumerate(STAGES))
    return next((verdict for verdict in verdicts if verdict != "undecided"), "undecided")


@pytest.mark.parametrize(
    ("values", "fault"),
    [((bad, 1.0, 1.0), "no ratio") for bad in NO_TIMES]
    + [((1.0, 1.0, math.inf), "no ratio"), ((1.1, 1.0, 1.2), "out of order"), ((1.0, 1.3, 1.2), "out of order")],
)
def test_an_interval_that_can_not_be_is_refused(values: tuple[float, float, float], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Interval(*values)


def test_the_width_of_an_interval_is_relative_to_its_low_end() -> None:
    assert pytest.approx(0.25) == Interval(0.8, 0.9, 1.0).width


@pytest.mark.parametrize("bad", NO_TIMES)
@pytest.mark.parametrize("name", ["candidate_s", "baseline_s", "control_s"])
def test_a_round_with_a_time_that_is_no_time_names_the_field_and_the_pair(name: str, bad: float) -> None:
    times_s = {"candidate_s": 1.0, "baseline_s": 1.0, "control_s": 1.0, name: bad}

    with pytest.raises(ValueError, match=f"{name} of a round of pair 5"):
        Round(pair=5, **times_s)


def test_rounds_without_any_noise_give_the_exact_ratio() -> None:
    rounds = [Round(index % 3, 0.8, 1.0, 1.0) for index in range(16)]

    half_width = T_975_OF_4 * LEAST_BIAS / math.sqrt(3)

    expected = (1.25 * math.exp(-half_width), 1.25, 1.25 * math.exp(half_width))
    assert pytest.approx(expected, rel=1e-9) == bounds(speedup(rounds, fresh_rng()))
    assert Interval(1.0, 1.0, 1.0) == control(rounds, fresh_rng())


def test_noisy_rounds_give_the_same_digits_for_the_same_seed() -> None:
    rounds = noisy_rounds(seed=1, count=50, true_ratio=1.15)

    assert pytest.approx((1.1332024937, 1.1534674645, 1.1740948322)) == bounds(speedup(rounds, fresh_rng()))
    assert pytest.approx((0.9923006836, 1.0078442978, 1.0245791473)) == bounds(control(rounds, fresh_rng()))


@pytest.mark.parametrize(
    ("candidates", "others", "half_width"),
    [
        ([-0.1, 0.0, 0.1], [0.0] * 3, T_975_OF_4 * 0.1 / math.sqrt(3)),
        ([0.0] * 3, [-0.1, 0.0, 0.1], T_975_OF_4 * 0.1 * math.sqrt(2) / 3),
        ([-0.2, -0.1, 0.0, 0.1, 0.2], [0.0] * 5, T_975_OF_8 * math.sqrt(0.025 / 5)),
    ],
    ids=["unsteady-candidate", "unsteady-control", "five-pairs"],
)
def test_the_spread_between_pairs_widens_the_interval_by_students_t(
    candidates: list[float], others: list[float], half_width: float
) -> None:
    logs = enumerate(zip(candidates, others, strict=True))
    rounds = [Round(pair, math.exp(candidate), 1.0, math.exp(other)) for pair, (candidate, other) in logs]

    interval = speedup(rounds, fresh_rng())

    assert pytest.approx((-half_width, half_width)) == (math.log(interval.low), math.log(interval.high))


def test_pairs_that_agree_by_chance_do_not_hide_the_noise_of_their_rounds() -> None:
    rounds = [Round(pair, math.exp(noise), 1.0, 1.0) for pair in range(3) for noise in (-0.1, -0.05, 0.0, 0.05, 0.1)]

    assert speedup(rounds, fresh_rng()).width > 0.1


def test_most_intervals_of_few_biased_pairs_hold_the_true_ratio() -> None:
    intervals = [speedup(noisy_rounds(seed, 200, true_ratio=1.1, bias=0.01), fresh_rng()) for seed in range(100)]

    assert sum(interval.low <= 1.1 <= interval.high for interval in intervals) >= 92


@BOTH
def test_fewer_than_three_pairs_are_refused_with_the_mend(estimate: Estimate) -> None:
    with pytest.raises(ValueError, match=r"2 pair.*at least 3 fresh pairs"):
        estimate(noisy_rounds(seed=1, count=16, pairs=2), fresh_rng())


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, math.nan])
@BOTH
def test_a_level_that_is_not_between_0_and_1_is_refused(estimate: Estimate, level: float) -> None:
    with pytest.raises(ValueError, match="confidence level"):
        estimate(noisy_rounds(seed=1, count=16), fresh_rng(), level)


@BOTH
def test_a_higher_level_gives_a_wider_interval(estimate: Estimate) -> None:
    rounds = noisy_rounds(seed=1, count=50)

    usual, strict = (estimate(rounds, fresh_rng(), level) for level in (0.95, 0.99))

    assert strict.low < usual.low
    assert strict.high > usual.high


@settings(max_examples=20, deadline=None)
@given(seed=seeds, constant=factors, growth=st.floats(0.99, 1.01))
def test_a_machine_that_slows_all_of_a_round_alike_leaves_both_intervals_unchanged(
    seed: int, constant: float, growth: float
) -> None:
    rounds = noisy_rounds(seed, count=16)
    slowdowns = [(one, constant * growth**index) for index, one in enumerate(rounds)]
    scaled = [Round(r.pair, r.candidate_s * by, r.baseline_s * by, r.control_s * by) for r, by in slowdowns]

    for estimate in (speedup, control):
        assert pytest.approx(bounds(estimate(rounds, fresh_rng()))) == bounds(estimate(scaled, fresh_rng()))


@settings(max_examples=20, deadline=None)
@given(seed=seeds, true_ratio=ratios)
def test_swapping_candidate_and_baseline_inverts_the_interval(seed: int, true_ratio: float) -> None:
    rounds = noisy_rounds(seed, count=16, true_ratio=true_ratio)
    swapped = [Round(one.pair, one.baseline_s, one.candidate_s, one.control_s) for one in rounds]

    low, mid, high = bounds(speedup(rounds, fresh_rng()))

    assert pytest.approx((1 / high, 1 / mid, 1 / low)) == bounds(speedup(swapped, fresh_rng()))


@settings(max_examples=10, deadline=None)
@given(seed=seeds, wild=st.lists(factors, min_size=16, max_size=16))
def test_no_time_of_the_candidate_moves_the_control(seed: int, wild: list[float]) -> None:
    rounds = noisy_rounds(seed, count=16)
    other = [Round(r.pair, time_s, r.baseline_s, r.control_s) for r, time_s in zip(rounds, wild, strict=True)]

    assert control(rounds, fresh_rng()) == control(other, fresh_rng())


def test_rounds_of_unequal_number_count_pair_by_pair() -> None:
    rounds = [Round(0, 1.0, 2.0, 2.0)] * 40 + [Round(1, 1.0, 4.0, 4.0)] * 3 + [Round(2, 1.0, 8.0, 8.0)]

    assert pytest.approx(4.0) == speedup(rounds, fresh_rng()).mid
    assert Interval(1.0, 1.0, 1.0) == control(rounds, fresh_rng())


def test_absurd_times_still_give_an_interval_of_finite_bounds() -> None:
    rounds = [Round(0, 5e-324, 1e308, 1.0), Round(1, 1e308, 5e-324, 1.0), Round(2, 1.0, 1.0, 1.0)]

    assert decide(speedup(rounds, fresh_rng()), 1.1) == "undecided"


@pytest.mark.parametrize(
    ("true_ratio", "threshold", "verdict"), [(1.0, 1.05, "fail"), (1.0, 0.95, "pass"), (1.15, 1.1, "pass")]
)
def test_a_race_far_from_its_threshold_is_decided_nearly_always_and_never_wrongly(
    true_ratio: float, threshold: float, verdict: str
) -> None:
    verdicts = [race(noisy_rounds(seed, STAGES[-1], true_ratio), threshold) for seed in range(30)]

    assert set(verdicts) <= {verdict, "undecided"}
    assert verdicts.count(verdict) >= 29


def test_a_true_ratio_at_the_threshold_hardly_ever_passes_or_fails() -> None:
    verdicts = [race(noisy_rounds(seed, STAGES[-1], true_ratio=1.1, bias=0.01), 1.1) for seed in range(40)]

    assert verdicts.count("pass") <= 2
    assert verdicts.count("fail") <= 2


def test_the_looks_together_spend_at_most_two_and_a_half_percent_on_each_side() -> None:
    errors = [(1 - level_for(look)) / 2 for look in range(len(STAGES))]

    assert pytest.approx(0.025) == sum(errors)
    assert sorted(errors) == errors


@pytest.mark.parametrize("look", [-1, len(STAGES)])
def test_a_look_that_is_not_planned_is_refused(look: int) -> None:
    with pytest.raises(ValueError, match=f"look {look} is not planned"):
        level_for(look)


@pytest.mark.parametrize(
    ("threshold", "verdict"),
    [(1.0, "pass"), (1.1, "pass"), (1.11, "undecided"), (1.3, "undecided"), (1.31, "fail")],
)
def test_an_interval_passes_what_it_reaches_and_fails_what_it_misses(threshold: float, verdict: str) -> None:
    assert verdict == decide(Interval(1.1, 1.2, 1.3), threshold)


@pytest.mark.parametrize("threshold", NO_TIMES)
def test_a_threshold_that_is_no_ratio_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        decide(Interval(1.0, 1.0, 1.0), threshold)


def test_only_the_tiers_that_the_interval_straddles_want_more_rounds() -> None:
    expected = (1.3, 1.2)

    assert expected == undecided_tiers(Interval(1.1, 1.2, 1.3), (1.31, 1.3, 1.05, 1.1, 1.2))


@given(low=ratios, mid=ratios, high=ratios, thresholds=st.lists(ratios, min_size=1))
def test_who_fails_a_tier_passes_none_above_it(low: float, mid: float, high: float, thresholds: list[float]) -> None:
    interval = Interval(*sorted((low, mid, high)))
    rank = {"pass": 0, "undecided": 1, "fail": 2}

    ranks = [rank[decide(interval, threshold)] for threshold in sorted(thresholds)]

    assert sorted(ranks) == ranks
    assert ranks.count(1) == len(undecided_tiers(interval, thresholds))


@pytest.mark.parametrize(
    ("interval", "reason"),
    [
        (Interval(0.97, 0.98, 1.0), None),
        (Interval(1.0, 1.02, 1.05), None),
        (Interval(0.96, 0.97, 0.99), "baseline against baseline reads 0.970, outside 0.98 to 1.02"),
        (Interval(1.01, 1.03, 1.04), "baseline against baseline reads 1.030, outside 0.98 to 1.02"),
        (Interval(0.96, 1.0, 1.04), "baseline against baseline reads 0.960 to 1.040, 8.3% wide where 6% is the most"),
    ],
)
def test_a_noisy_machine_says_what_its_control_reads(interval: Interval, reason: str | None) -> None:
    assert reason == is_too_noisy(interval)


def test_a_machine_is_called_noisy_for_wild_processes_but_not_for_biased_ones() -> None:
    biased, wild = (
        [is_too_noisy(control(noisy_rounds(seed, STAGES[-1], bias=bias), fresh_rng())) for seed in range(20)]
        for bias in (0.005, 0.05)
    )

    assert set(biased) == {None}
    assert wild.count(None) <= 4
