"""Simulate races under noise, to compare the rule of `harness.stats` with a blocked mean of ten.

Run from the root of the repository: `python -m benchmarks.simulate_decision --races 1000`.

Model of one call: true time, times the bias of its process (normal, one draw for each process of each pair), times the
noise of the call (normal), times a slow drift of the machine (a sine over calls that candidate and baseline share).
NOT covered: heavy tails, a hog that steals time from one side alone, drift in steps.
"""

import argparse
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from harness.stats import STAGES, Decision, Interval, Round, control, decide, is_too_noisy, level_for, speedup

CASES: Final = ((1.00, 1.05), (1.00, 0.95), (1.10, 1.10), (1.10, 1.15), (1.12, 1.10), (1.15, 1.10), (1.17, 1.15))
"""True ratio and threshold of each line of the first table."""

BLOCK_CALLS: Final = 10
PROCESSES: Final = 3


@dataclass(frozen=True)
class Machine:
    """How a simulated machine errs: relative standard deviations, the sine's amplitude, its period in calls."""

    bias: float
    candidate_bias: float
    noise: float
    drift: float
    drift_period_calls: float

    def drift_at(self, call: npt.NDArray[np.int64], phase: float) -> npt.NDArray[np.float64]:
        """Return the log drift at calls that are counted from the start of the race; the shape of `call`."""
        drift: npt.NDArray[np.float64] = self.drift * np.sin(2 * np.pi * call / self.drift_period_calls + phase)
        return drift


def simulate_rounds(machine: Machine, pairs: int, true_ratio: float, rng: np.random.Generator) -> list[Round]:
    """Return STAGES[-1] rounds; each times candidate, baseline and control in random order, pairs taking turns."""
    rounds = STAGES[-1]
    pair_of_round = np.arange(rounds) % pairs
    bias = rng.normal(0, (machine.candidate_bias, machine.bias, machine.bias), (pairs, PROCESSES))
    order = rng.permuted(np.tile(np.arange(PROCESSES), (rounds, 1)), axis=1)
    call = np.arange(rounds)[:, None] * PROCESSES + order
    log_s = bias[pair_of_round] + rng.normal(0, machine.noise, call.shape)
    log_s += machine.drift_at(call, rng.uniform(0, 2 * np.pi))
    log_s[:, 0] -= math.log(true_ratio)
    return [Round(int(pair), *map(float, times)) for pair, times in zip(pair_of_round, np.exp(log_s), strict=True)]


def race(rounds: list[Round], threshold: float, rng: np.random.Generator) -> tuple[Decision, int]:
    """Return the decision of our rule and the rounds that it took."""
    for look, count in enumerate(STAGES):
        decision = decide(speedup(rounds[:count], rng, level_for(look)), threshold)
        if decision != "undecided":
            return decision, count
    return "undecided", STAGES[-1]


def blocked_mean(machine: Machine, true_ratio: float, threshold: float, rng: np.random.Generator) -> Decision:
    """Return what a mean of ten calls of the candidate, then ten of the baseline, on one process each, would say."""
    log_s = rng.normal(0, machine.noise, 2 * BLOCK_CALLS)
    log_s += machine.drift_at(np.arange(2 * BLOCK_CALLS), rng.uniform(0, 2 * np.pi))
    log_s[:BLOCK_CALLS] += rng.normal(0, machine.candidate_bias) - math.log(true_ratio)
    log_s[BLOCK_CALLS:] += rng.normal(0, machine.bias)
    times_s = np.exp(log_s)
    return "pass" if times_s[BLOCK_CALLS:].mean() / times_s[:BLOCK_CALLS].mean() >= threshold else "fail"


def print_decisions(machine: Machine, pairs: int, races: int, rng: np.random.Generator) -> None:
    """Print, for each case, how often our rule and the blocked mean pass, fail and stay undecided."""
    print(
        f"{'true':>5} {'threshold':>9} | {'ours: pass':>10} {'fail':>7} {'undecided':>9} {'rounds':>6} | "
        f"{'blocked: pass':>13} {'fail':>7}"
    )
    for true_ratio, threshold in CASES:
        ours: Counter[Decision] = Counter()
        blocked: Counter[Decision] = Counter()
        total_rounds = 0
        for _ in range(races):
            decision, count = race(simulate_rounds(machine, pairs, true_ratio, rng), threshold, rng)
            ours[decision] += 1
            total_rounds += count
            blocked[blocked_mean(machine, true_ratio, threshold, rng)] += 1
        print(
            f"{true_ratio:5.2f} {threshold:9.2f} | {ours['pass'] / races:10.1%} {ours['fail'] / races:7.1%} "
            f"{ours['undecided'] / races:9.1%} {total_rounds / races:6.0f} | "
            f"{blocked['pass'] / races:13.1%} {blocked['fail'] / races:7.1%}"
        )


def plain_bootstrap(rounds: list[Round], rng: np.random.Generator) -> Interval:
    """Return the plain two-level bootstrap of baseline / candidate, pairs first and rounds second."""
    return control([Round(one.pair, one.control_s, one.baseline_s, one.candidate_s) for one in rounds], rng)


def print_coverage(machine: Machine, pairs: int, races: int, rng: np.random.Generator) -> None:
    """Print how often a 95 % interval holds the true ratio, how wide it is, and how often the machine looks noisy."""
    estimators: dict[str, Callable[[list[Round], np.random.Generator], Interval]] = {
        "ours": speedup,
        "plain two-level": plain_bootstrap,
    }
    print(
        f"{'rounds':>6} | "
        + " | ".join(f"{name + ': covers':>24} {'width':>6}" for name in estimators)
        + f" | {'too noisy':>9}"
    )
    races_rounds = [simulate_rounds(machine, pairs, 1.0, rng) for _ in range(races)]
    for count in STAGES:
        columns = []
        for estimate in estimators.values():
            intervals = [estimate(rounds[:count], rng) for rounds in races_rounds]
            covers = sum(interval.low <= 1 <= interval.high for interval in intervals) / races
            columns.append(f"{covers:24.1%} {sum(interval.width for interval in intervals) / races:6.1%}")
        noisy = sum(is_too_noisy(control(rounds[:count], rng)) is not None for rounds in races_rounds) / races
        print(f"{count:6} | " + " | ".join(columns) + f" | {noisy:9.1%}")


def main() -> None:
    """Parse the arguments and print both tables."""
    parser = argparse.ArgumentParser(description="Simulate the decision rule of a race under noise.")
    parser.add_argument("--races", type=int, default=200, help="simulated races for each line")
    parser.add_argument("--pairs", type=int, default=3, help="fresh pairs of processes in a race")
    parser.add_argument("--bias", type=float, default=0.005, help="relative sd between processes")
    parser.add_argument("--candidate-bias", type=float, help="the same for the candidate's processes, if unlike")
    parser.add_argument("--noise", type=float, default=0.03, help="relative sd between calls")
    parser.add_argument("--drift", type=float, default=0.05, help="relative amplitude of the slow drift")
    parser.add_argument("--drift-period-calls", type=float, default=60.0, help="period of the slow drift")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    candidate_bias = args.bias if args.candidate_bias is None else args.candidate_bias
    machine = Machine(args.bias, candidate_bias, args.noise, args.drift, args.drift_period_calls)
    rng = np.random.default_rng(args.seed)
    print_decisions(machine, args.pairs, args.races, rng)
    print()
    print_coverage(machine, args.pairs, args.races, rng)


if __name__ == "__main__":
    main()
