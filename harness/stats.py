"""Turn paired timings into a ratio with an interval, and the interval into a verdict; pure, without clock or disk.

A race times a candidate, its baseline and a control (a second baseline process) in rounds. Each pair of fresh processes
has a bias of its own, so that more rounds of the same pairs never make the interval as narrow as the round noise says.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Decision: TypeAlias = Literal["pass", "fail", "undecided"]
"""What an interval says about one threshold."""

STAGES: Final = (16, 50, 200)
"""Rounds in all at which a race looks at its interval and may stop."""

MIN_PAIRS: Final = 3
"""Fewest pairs of fresh processes that an interval may rest on; fewer can't show what one process's bias is worth."""

CONTROL_BAND: Final = (0.98, 1.02)
"""Where baseline against baseline has to read on a quiet machine (ratio)."""

CONTROL_WIDTH_LIMIT: Final = 0.06
"""Widest relative interval of the control on a quiet machine."""

LEAST_BIAS: Final = 0.005
"""Smallest standard deviation between pairs of processes that is reckoned with (log-ratio)."""

_LEVELS: Final = (0.99, 0.985, 0.975)
_DRAWS: Final = 2000
_LARGEST_T: Final = 1e6
_T_PRECISION: Final = 1e-12
_LARGEST_LOG: Final = 700.0

_Floats: TypeAlias = npt.NDArray[np.float64]
_Indices: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimated ratio of two times, with the bounds of its confidence interval.

    Raises ValueError unless 0 < low <= mid <= high and all three are finite.
    """

    low: float
    mid: float
    high: float

    def __post_init__(self) -> None:
        """Refuse bounds that are not ordered positive finite ratios."""
        bounds = (self.low, self.mid, self.high)
        if not all(math.isfinite(bound) and bound > 0 for bound in bounds):
            raise ValueError(f"interval {bounds} holds a bound that is no ratio: give positive finite numbers")
        if not self.low <= self.mid <= self.high:
            raise ValueError(f"interval {bounds} is out of order: give low <= mid <= high")

    @property
    def width(self) -> float:
        """Relative width, high / low - 1."""
        return self.high / self.low - 1


@dataclass(frozen=True, slots=True)
class Round:
    """Times per call (seconds) of three processes on the same inputs, taken in random order within one round.

    `pair` names the set of fresh processes that the round was timed on; `candidate_s` is the candidate's time,
    `baseline_s` that of its paired baseline, `control_s` that of another baseline process.
    Raises ValueError for a time that is not positive and finite.
    """

    pair: int
    candidate_s: float
    baseline_s: float
    control_s: float

    def __post_init__(self) -> None:
        """Refuse times of which no logarithm can be taken."""
        for name in ("candidate_s", "baseline_s", "control_s"):
            _check_time(f"{name} of a round of pair {self.pair}", getattr(self, name))


def level_for(stage_index: int) -> float:
    """Return the two-sided confidence level of the interval at look `stage_index` (0-based, one for each of STAGES).

    Three looks at 95 % intervals would err too often. The levels spend 0.5 + 0.75 + 1.25 = 2.5 % one-sided, so by
    Boole's inequality a race errs in at most 2.5 % on either side, however the looks hang together, as long as
    each interval covers what it says. Simulated at a true ratio equal to the threshold, 3 % noise, 1000 races of
    `benchmarks/simulate_decision.py`: 3 pairs without bias pass 0.4 %, with a bias of 0.5 % (1 %) of each process 0.5 %
    (0.8 %), 4 pairs with 1 % 1.4 %, 3 pairs with 1 % and a candidate of 2 % 1.7 %.
    Raises ValueError for a look that is not planned.
    """
    if not 0 <= stage_index < len(_LEVELS):
        raise ValueError(f"look {stage_index} is not planned: a race has looks 0 to {len(_LEVELS) - 1}")
    return _LEVELS[stage_index]


def speedup(rounds: Iterable[Round], rng: np.random.Generator, level: float = 0.95) -> Interval:
    """Estimate baseline time / candidate time; above 1 the candidate is faster.

    The estimate is the mean over pairs of each pair's median log-ratio. Its interval has two parts, added as squares:
    the noise of rounds, by the bootstrap inside the pairs, and the bias of processes, by Student's t of what the spread
    between pairs shows beyond that noise (never less than LEAST_BIAS).

    Drawing pairs first, as `control` does, understates their variance. Share of 95 % intervals that held the true
    ratio, with 4 pairs, 200 rounds, 5 % drift, 250 races of `benchmarks/simulate_decision.py`; mean width in brackets:

        noise of a round, bias of a process    plain two-level     this interval
        3 %, 0.5 % sd                           96.4 % (2.3 %)      97.6 % (2.6 %)
        3 %, 1 % sd                             89.2 % (3.0 %)      97.2 % (4.1 %)
        20 %, 1 % sd                            98.4 % (13.9 %)     97.2 % (13.9 %)

    NOT covered: pairs of unequal size, which weigh alike, so let them take turns; a candidate whose processes differ
    several times more than the baseline's.
    Raises ValueError for fewer than MIN_PAIRS pairs, or a level that is not between 0 and 1.
    """
    pairs = _log_times_by_pair(rounds)
    _check_level(level)
    ratios = [baseline - candidate for candidate, baseline, _ in pairs]
    every_pair_once = np.tile(np.arange(len(pairs)), (_DRAWS, 1))
    low, high = _bootstrap(ratios, every_pair_once, level, rng)
    mid = _mean_of_medians(ratios)
    noise_half_width = (high - low) / 2
    degrees = 2 * (len(pairs) - 1)
    bias_half_width = _student_t(0.5 + level / 2, degrees) * _bias(pairs, noise_half_width, level)
    half_width = math.hypot(noise_half_width, bias_half_width)
    return _ratio_interval(min(low, mid - half_width), mid, max(high, mid + half_width))


def control(rounds: Iterable[Round], rng: np.random.Generator, level: float = 0.95) -> Interval:
    """Estimate baseline time / control time, which is what this machine reads where nothing differs.

    The interval is the plain two-level bootstrap, pairs first and rounds second. It reads no time of the candidate,
    whose own spread must not make the machine look noisy. With 3 biased pairs it is too narrow (see `speedup`), which
    is borne here: Student's t of one ratio's 2 degrees of freedom would call about half the machines noisy whose
    processes are biased by 1 %, and no verdict rests on this interval's coverage.
    Raises ValueError for fewer than MIN_PAIRS pairs, or a level that is not between 0 and 1.
    """
    pairs = _log_times_by_pair(rounds)
    _check_level(level)
    ratios = [baseline - other_baseline for _, baseline, other_baseline in pairs]
    drawn_pairs = rng.integers(0, len(pairs), size=(_DRAWS, len(pairs)))
    low, high = _bootstrap(ratios, drawn_pairs, level, rng)
    return _ratio_interval(low, _mean_of_medians(ratios), high)


def is_too_noisy(control: Interval) -> str | None:
    """Say in words why a machine that reads `control` can't judge speed; None where it can.

    Only the middle has to lie in CONTROL_BAND: a bias of 1 % of a process would else condemn an honest machine. Ask
    after the last look, and before it only to draw more rounds: with 3 pairs, 3 % noise and a bias of 0.5 % (1 %), 16
    rounds are too noisy in 77 % (81 %) of simulated races, 50 rounds in 3 % (19 %), 200 rounds in 0 % (5 %).
    """
    low, high = CONTROL_BAND
    if not low <= control.mid <= high:
        return f"baseline against baseline reads {control.mid:.3f}, outside {low:.2f} to {high:.2f}"
    if control.width > CONTROL_WIDTH_LIMIT:
        return (
            f"baseline against baseline reads {control.low:.3f} to {control.high:.3f}, "
            f"{control.width:.1%} wide where {CONTROL_WIDTH_LIMIT:.0%} is the most"
        )
    return None


def decide(interval: Interval, threshold: float) -> Decision:
    """Judge one threshold (ratio): pass when all of the interval reaches it, fail when none of it does.

    Raises ValueError for a threshold that is not positive and finite.
    """
    if not (math.isfinite(threshold) and threshold > 0):
        raise ValueError(f"threshold {threshold} is no ratio: give a positive finite number")
    if interval.low >= threshold:
        return "pass"
    if interval.high < threshold:
        return "fail"
    return "undecided"


def undecided_tiers(interval: Interval, thresholds: Iterable[float]) -> tuple[float, ...]:
    """Return, in the order given, the thresholds that the interval straddles; more rounds are drawn until none is left.

    Raises ValueError for a threshold that is not positive and finite.
    """
    return tuple(threshold for threshold in thresholds if decide(interval, threshold) == "undecided")


def _check_time(name: str, time_s: float) -> None:
    if not (math.isfinite(time_s) and time_s > 0):
        raise ValueError(f"{name} is {time_s}, which is no time: give positive finite seconds")


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"confidence level {level} is not a share: give a number between 0 and 1")


def _log_times_by_pair(rounds: Iterable[Round]) -> list[_Floats]:
    """Return the log times of each pair, shape (3, rounds of the pair): candidate, baseline, control."""
    times_s: dict[int, list[tuple[float, float, float]]] = {}
    for one in rounds:
        times_s.setdefault(one.pair, []).append((one.candidate_s, one.baseline_s, one.control_s))
    if len(times_s) < MIN_PAIRS:
        raise ValueError(
            f"{len(times_s)} pair(s) of processes can't show what a process's own bias is worth: "
            f"time rounds on at least {MIN_PAIRS} fresh pairs"
        )
    return [np.log(np.array(times_s[pair]).T) for pair in sorted(times_s)]


def _mean_of_medians(ratios: Sequence[_Floats]) -> float:
    return float(np.mean([np.median(of_pair) for of_pair in ratios]))


def _bootstrap(
    ratios: Sequence[_Floats], drawn_pairs: _Indices, level: float, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the percentile interval of the mean of medians over resampled rounds.

    `drawn_pairs`, shape (draws, pairs), says from which pair each place of each draw takes its rounds.
    """
    medians = np.empty(drawn_pairs.shape)
    for pair, of_pair in enumerate(ratios):
        places = drawn_pairs == pair
        rounds = rng.integers(0, of_pair.size, size=(np.count_nonzero(places), of_pair.size))
        medians[places] = np.median(of_pair[rounds], axis=1)
    low, high = np.quantile(medians.mean(axis=1), (0.5 - level / 2, 0.5 + level / 2))
    return float(low), float(high)


def _bias(pairs: Sequence[_Floats], noise_half_width: float, level: float) -> float:
    """Return the standard error that processes' biases add to the mean over pairs, beyond what rounds explain.

    The spread between pairs holds the noise of their rounds too, which the bootstrap has measured; what is left is
    bias, and never less than LEAST_BIAS of a process pair.
    """
    noise_se = noise_half_width / NormalDist().inv_cdf(0.5 + level / 2)
    spread_se = _spread_between(pairs) / math.sqrt(len(pairs))
    least_se = LEAST_BIAS / math.sqrt(len(pairs))
    return math.sqrt(max(spread_se**2 - noise_se**2, least_se**2))


def _spread_between(pairs: Sequence[_Floats]) -> float:
    """Return the standard deviation between pairs of a log-ratio of two processes.

    Candidate, baseline and control make three log-ratios a pair, whose mean variance has 2 (pairs - 1) degrees of
    freedom where one log-ratio has half as many. A candidate less steady than the baselines counts for itself.
    """
    medians = [
        (np.median(baseline - candidate), np.median(baseline - other), np.median(other - candidate))
        for candidate, baseline, other in pairs
    ]
    variances = np.var(medians, axis=0, ddof=1)
    return math.sqrt(max(variances[0], variances.mean()))


def _student_t(probability: float, degrees: int) -> float:
    """Return the quantile, at least 0, of Student's t for an even number of degrees of freedom, by bisection."""
    low, high = 0.0, _LARGEST_T
    while high - low > _T_PRECISION * high:
        middle = (low + high) / 2
        low, high = (middle, high) if _student_t_cdf(middle, degrees) < probability else (low, middle)
    return high


def _student_t_cdf(t: float, degrees: int) -> float:
    """Return P(T <= t) for even degrees of freedom (Abramowitz and Stegun, Handbook, 26.7.4)."""
    angle = math.atan(t / math.sqrt(degrees))
    term = total = 1.0
    for order in range(1, degrees // 2):
        term *= (2 * order - 1) / (2 * order) * math.cos(angle) ** 2
        total += term
    return 0.5 + 0.5 * math.sin(angle) * total


def _ratio_interval(low: float, mid: float, high: float) -> Interval:
    """Return the interval of ratios whose logarithms are given, kept inside what a float can hold."""
    low, mid, high = np.clip((min(low, mid), mid, max(mid, high)), -_LARGEST_LOG, _LARGEST_LOG)
    return Interval(math.exp(low), math.exp(mid), math.exp(high))
