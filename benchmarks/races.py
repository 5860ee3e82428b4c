"""Races whose truth is known, the same work on both sides and 15 % more of it on one: how often is each decided?

    python -m benchmarks.races --races 40
    python -m benchmarks.races --races 40 --ratio 1.15

Every race starts fresh pairs of guests. The work is a running sum over a small tensor, repeated 4000 times, whose pace
is set by the latency of one addition after the other and so hardly by the neighbours of a shared machine; "plus 15 %"
repeats it 4600 times on the baseline's side. Figures are ratios within one race.
"""

from __future__ import annotations

import argparse
import random
import secrets
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from harness.plan import GradingPlan, Limits
from harness.plugin.candidate import PAIRS
from harness.race import Contest, Pair, race
from harness.race_result import RaceResult
from harness.sandbox.guests import BASELINE, CANDIDATE, Guests, Shown
from harness.sandbox.staging import Arguments, Expected
from harness.stats import decide

WORK = """
import torch

def work(x):
    for _ in range({repeats}):
        y = x.cumsum(0)
    return y
"""
SIZE = 1 << 14
REPEATS = 4000
KINDS = {1.0: ("A/A", (0.95, 1.05)), 1.15: ("plus 15 %", (1.10,))}
"""By the true ratio: what such a race is called, and the thresholds that it is decided against."""


def main() -> None:
    """Run both kinds of race and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--races", type=int, default=40)
    parser.add_argument("--ratio", type=float, choices=sorted(KINDS), help="run one kind alone")
    options = parser.parse_args()
    for ratio, (title, tiers) in KINDS.items():
        if options.ratio in (None, ratio):
            report(title, options.races, ratio, tiers)


def report(title: str, races: int, ratio: float, tiers: tuple[float, ...]) -> None:
    """Run races at one true ratio and print how often each tier was passed, failed or left open."""
    decisions: dict[float, Counter[str]] = {tier: Counter() for tier in tiers}
    for number in range(races):
        start = time.monotonic()
        result = one_race(ratio, tiers)
        for tier in tiers:
            decisions[tier][decide(result.speedup, tier)] += 1
        low, mid, high = result.speedup.low, result.speedup.mid, result.speedup.high
        control = f"{result.control.low:.3f} to {result.control.high:.3f}"
        print(
            f"{title} {number + 1:3d}: {mid:.3f} ({low:.3f} to {high:.3f}), control {control}, "
            f"{len(result.rounds)} rounds, {time.monotonic() - start:.0f} s",
            flush=True,
        )
    for tier, counts in decisions.items():
        print(f"{title}, threshold {tier}: " + ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items())))


def one_race(ratio: float, tiers: tuple[float, ...]) -> RaceResult:
    """Race `REPEATS` of the work against `ratio` times as much, with fresh guests on both sides."""
    generator = torch.Generator().manual_seed(secrets.randbits(62))
    with folders(ratio) as (candidate, baseline):
        limits = Limits(payload_mib=64)
        plan = GradingPlan(
            hidden_tests=baseline, submission=candidate, entry_file="work.py", function="work", checks=(),
            limits=limits, lanes=frozenset({"cpu"}), seed=secrets.token_bytes(32),
        )  # fmt: skip
        with Guests(plan, Shown(baseline, None), generator) as guests:
            sides = [guests.start(side, PAIRS) for side in (CANDIDATE, BASELINE)]
            for session in (*sides[0], *sides[1]):
                session.load("work.py", ["work"], limits.load_s)
            contest = Contest(
                candidate="work", baseline="work", draw=lambda: (torch.randn(SIZE, generator=generator),),
                promised=(Expected((SIZE,), torch.float32),), verify=verify, tiers=tiers,
            )  # fmt: skip
            pairs = [Pair(*pair) for pair in zip(*sides, strict=True)]
            return race(pairs, contest, random.Random(secrets.randbits(62)), lambda _: None)


def verify(arguments: Arguments, outputs: tuple[torch.Tensor, ...]) -> None:
    """Check a timed output; the work is too simple to be wrong."""
    assert torch.equal(outputs[0], arguments[0].cumsum(0))


@contextmanager
def folders(ratio: float) -> Iterator[tuple[Path, Path]]:
    """Give the folders of a candidate and of a baseline that does `ratio` times its work."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        made = []
        for side, repeats in (("candidate", REPEATS), ("baseline", round(REPEATS * ratio))):
            folder = Path(name) / side
            folder.mkdir()
            (folder / "work.py").write_text(WORK.format(repeats=repeats))
            made.append(folder)
        yield made[0], made[1]


if __name__ == "__main__":
    main()
