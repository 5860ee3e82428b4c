"""The judge's clock: candidate, baseline and control in interleaved rounds on the same fresh inputs."""

from __future__ import annotations

import gc
import itertools
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from harness import stats, turns
from harness.errors import JudgeError, SubmissionFault
from harness.outcomes import Failure
from harness.race_result import Frames, RaceResult, Tally, intervals, refuse_late_stops, result_of
from harness.readings import Cause
from harness.sandbox.session import Session
from harness.sandbox.staging import Arguments, Expected
from harness.sandbox.witness import LEAST_SAMPLES, LONGEST_WATCH_S, LibraryWitness

SHORTEST_FRAME_S = 0.02
"""A timed frame lasts at least this long, so that thawing and talking (about 0.4 ms) stay below 2 % of it."""

HOPELESS_AFTER_ROUNDS = 4
"""After so many rounds a candidate that never came within half of the lowest tier is not raced further."""

_NOTHING_SAMPLES = 9
_WATCHED_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Pair:
    """A candidate and a baseline, each in a fresh process of its own."""

    candidate: Session
    baseline: Session


@dataclass(frozen=True, slots=True)
class Contest:
    """What is raced.

    Attributes:
        candidate: name of the submission's function.
        baseline: name of the baseline's function.
        draw: gives fresh arguments of one call.
        promised: what each returned tensor must look like.
        verify: raises SubmissionFault when outputs are wrong for their arguments; runs while the guest stands.
        tiers: ratios that must be told apart; more rounds are drawn until none is straddled.
        forbidden: functions of the baseline in whose code the submission may not spend its time.
        flop_count: floating-point operations of one call, for the rate that is reported.
        call_s: seconds that one frame may take, lazy compilation in a first call included.
        budget_s: seconds after which no further round is started.
    """

    candidate: str
    baseline: str
    draw: Callable[[], Arguments]
    promised: tuple[Expected, ...]
    verify: Callable[[Arguments, tuple[torch.Tensor, ...]], None]
    tiers: tuple[float, ...]
    forbidden: tuple[str, ...] = ()
    flop_count: float | None = None
    call_s: float = 60.0
    budget_s: float = 60.0


class _Chance:
    """What is random in a race: the order of its rounds, and which of them are watched."""

    def __init__(self, rng: random.Random, witness: LibraryWitness) -> None:
        self.rng = rng
        self.witness = witness
        watched = _WATCHED_ROUNDS if witness.is_needed else 0
        self.watched_rounds = frozenset(rng.sample(range(1, stats.STAGES[0]), watched))


def race(pairs: Sequence[Pair], contest: Contest, rng: random.Random, progress: Callable[[str], None]) -> RaceResult:
    """Race a candidate against its baseline until every tier is decided, or rounds or time run out.

    Raises:
        SubmissionFault: a timed output is wrong, or the guest misbehaved; slower than the lowest tier by far is
            `too_slow` at once.
        JudgeError: fewer pairs than the statistics can rest on.
    """
    if len(pairs) < stats.MIN_PAIRS:
        raise JudgeError(f"a race needs {stats.MIN_PAIRS} pairs of fresh processes, got {len(pairs)}")
    with turns.HERE.alone():
        nothing_s = statistics.median(pairs[0].baseline.nothing_s() for _ in range(_NOTHING_SAMPLES))
        frames = _warm_up(pairs, contest)
        witness = LibraryWitness(contest.forbidden)
        witness.calibrate(pairs[-1].baseline, _batch(contest, frames.baseline_calls), contest.promised, contest.call_s)
        tally = _draw_rounds(pairs, contest, frames, _Chance(rng, witness), progress)
        _watch_until_enough(pairs, contest, frames, witness)
    witness.refuse_library_time()
    refuse_late_stops(tally)
    return result_of(tally, frames, nothing_s, contest.baseline, contest.flop_count, witness)


def _warm_up(pairs: Sequence[Pair], contest: Contest) -> Frames:
    """Call every guest at least twice, then choose how many calls a timed frame holds on either side."""
    for pair in pairs:
        arguments = contest.draw()
        for _ in range(2):
            baseline_s = _timed(pair.baseline, contest.baseline, [arguments], contest)[0]
    for pair in pairs:
        candidate_s = [_timed_and_verified(pair, contest, [contest.draw()])[0] for _ in range(3)][1:]
        _refuse_hopeless(min(candidate_s), baseline_s, contest)
    fits = min(pair.candidate.calls_that_fit(arguments, contest.promised) for pair in pairs)
    calls = _calls_a_frame(min(candidate_s), fits), _calls_a_frame(baseline_s, fits)
    if pairs[0].baseline.device == "cpu":
        return Frames(*calls)
    # Handing over takes as long as a fast kernel does; a clean baseline guest says how long, never the candidate.
    spared_s = [statistics.median(_nothing_s(pairs, contest, count)) for count in calls]
    return Frames(*calls, *spared_s)


def _nothing_s(pairs: Sequence[Pair], contest: Contest, calls: int) -> list[float]:
    return [pair.baseline.nothing_s(contest.promised, calls) for pair in pairs for _ in range(_NOTHING_SAMPLES)]


def _refuse_hopeless(candidate_s: float, baseline_s: float, contest: Contest) -> None:
    """Spare everybody a race in which a warm candidate is four times slower than the lowest tier asks for."""
    lowest = min(contest.tiers, default=0.0)
    if baseline_s / candidate_s < lowest / 4:
        message = f"a call takes {candidate_s:.3g} s and {contest.baseline} {baseline_s:.3g} s: too slow to be raced"
        ratio = f"{baseline_s / candidate_s:.3g}x"
        raise SubmissionFault(Failure(Cause.TOO_SLOW, message, f"at least {lowest:.3g}x", ratio))


def _draw_rounds(
    pairs: Sequence[Pair], contest: Contest, frames: Frames, chance: _Chance, progress: Callable[[str], None]
) -> Tally:
    tally, deadline = Tally(), time.monotonic() + contest.budget_s
    for stage, planned in enumerate(stats.STAGES):
        while len(tally.rounds) < planned:
            _draw_round(pairs, contest, frames, chance, tally)
            if len(tally.rounds) >= stats.MIN_PAIRS and time.monotonic() > deadline:
                return tally
            if len(tally.rounds) == HOPELESS_AFTER_ROUNDS and _is_hopeless(tally, contest):
                return tally
        interval, _, _ = intervals(tally, stage)
        progress(f"{planned} rounds: {interval.mid:.3f} ({interval.low:.3f} to {interval.high:.3f})")
        if not stats.undecided_tiers(interval, contest.tiers):
            return tally
    return tally


def _draw_round(pairs: Sequence[Pair], contest: Contest, frames: Frames, chance: _Chance, tally: Tally) -> None:
    """Time candidate, baseline and another baseline on the same fresh inputs, in random order.

    In a few rounds that nobody can foresee, a watched frame of the candidate comes before or behind them.
    """
    number = len(tally.rounds) % len(pairs)
    pair, other = pairs[number], pairs[(number + 1) % len(pairs)]
    most = max(frames.candidate_calls, frames.baseline_calls)
    batch = _batch(contest, most)
    times_s: dict[str, float] = {}
    sides = chance.rng.sample(("candidate", "baseline", "control"), 3)
    if len(tally.rounds) in chance.watched_rounds:
        sides.insert(chance.rng.choice((0, 3)), "watch")
    for side in sides:
        if side == "watch":
            _watch(pair, contest, frames, chance.witness)
            continue
        if side == "candidate":
            calls = batch[: frames.candidate_calls]
            wall_s, stop_s = _timed_and_verified(pair, contest, calls)
            tally.candidate_stops_s.append(stop_s)
        else:
            calls = batch[: frames.baseline_calls]
            session = pair.baseline if side == "baseline" else other.baseline
            wall_s, stop_s, _ = _timed(session, contest.baseline, calls, contest)
            tally.baseline_stops_s.append(stop_s)
        times_s[side] = frames.own_s(side, wall_s) / len(calls)
    tally.rounds.append(stats.Round(number, times_s["candidate"], times_s["baseline"], times_s["control"]))


def _watch(pair: Pair, contest: Contest, frames: Frames, witness: LibraryWitness) -> None:
    batch = _batch(contest, frames.candidate_calls)
    witness.watch(pair.candidate, contest.candidate, batch, contest.promised, contest.call_s)


def _watch_until_enough(pairs: Sequence[Pair], contest: Contest, frames: Frames, witness: LibraryWitness) -> None:
    deadline = time.monotonic() + LONGEST_WATCH_S
    for pair in itertools.cycle(pairs):
        if not witness.is_needed or witness.seen.count >= LEAST_SAMPLES or time.monotonic() > deadline:
            return
        _watch(pair, contest, frames, witness)


def _batch(contest: Contest, calls: int) -> list[Arguments]:
    return [contest.draw() for _ in range(calls)]


def _timed_and_verified(pair: Pair, contest: Contest, batch: Sequence[Arguments]) -> tuple[float, float]:
    """Time one frame of the candidate and check every output of it; gives its seconds and those it took to stand."""
    wall_s, stop_s, outputs = _timed(pair.candidate, contest.candidate, batch, contest)
    for arguments, returned in zip(batch, outputs, strict=True):
        contest.verify(arguments, returned)
    return wall_s, stop_s


def _timed(
    session: Session, function: str, batch: Sequence[Arguments], contest: Contest
) -> tuple[float, float, tuple[tuple[torch.Tensor, ...], ...]]:
    """Time one frame with the judge's own garbage collector held back."""
    gc.disable()
    try:
        result = session.call(function, batch, contest.promised, contest.call_s)
    finally:
        gc.enable()
    return result.wall_s, result.stop_s, result.outputs


def _calls_a_frame(call_s: float, fits: int) -> int:
    return max(1, min(fits, round(SHORTEST_FRAME_S / call_s + 0.5)))


def _is_hopeless(tally: Tally, contest: Contest) -> bool:
    best = max(one.baseline_s / one.candidate_s for one in tally.rounds)
    return bool(contest.tiers) and best < min(contest.tiers) / 2
