"""What a race found: its rounds, what they say about the ratio, and the readings to report."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

import numpy as np

from harness import stats
from harness.errors import SubmissionFault, Undecided
from harness.outcomes import Failure
from harness.readings import Cause, Reading, Witness
from harness.sandbox.witness import LibraryWitness

_LATE_STOP_S, _LATE_STOP_TIMES = 0.02, 10.0


@dataclass(frozen=True, slots=True)
class RaceResult:
    """What a race found.

    Attributes:
        speedup: time of the baseline over time of the candidate.
        control: time of one baseline process over time of another, in the same rounds.
        rounds: every round.
        noise: why this machine is too noisy to tell close ratios; None where it is not. It has widened `speedup`.
        readings: the facts to report.
    """

    speedup: stats.Interval
    control: stats.Interval
    rounds: tuple[stats.Round, ...]
    noise: str | None
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Frames:
    """How many calls one timed frame of each side holds, and the seconds of it that are not the calls' own.

    Only on a GPU is anything spared: what handing over outputs of this size takes in a clean baseline guest.
    """

    candidate_calls: int
    baseline_calls: int
    candidate_spared_s: float = 0.0
    baseline_spared_s: float = 0.0

    def own_s(self, side: str, wall_s: float) -> float:
        """Give the seconds of a frame that its calls themselves took.

        Raises:
            Undecided: nothing is left of them; the calls are too small to be timed on this machine.
        """
        spared_s = self.candidate_spared_s if side == "candidate" else self.baseline_spared_s
        if wall_s <= spared_s:
            raise Undecided(f"a frame of the {side} took no longer than handing over its outputs does")
        return wall_s - spared_s


@dataclass(slots=True)
class Tally:
    """Everything measured so far: rounds, and how long each guest took to stand after it had answered."""

    rounds: list[stats.Round] = field(default_factory=list)
    candidate_stops_s: list[float] = field(default_factory=list)
    baseline_stops_s: list[float] = field(default_factory=list)

    @property
    def candidate_s(self) -> tuple[float, ...]:
        """Seconds a call of the candidate, round by round."""
        return tuple(one.candidate_s for one in self.rounds)

    @property
    def baseline_s(self) -> tuple[float, ...]:
        """Seconds a call of the baseline, round by round."""
        return tuple(one.baseline_s for one in self.rounds)

    @property
    def ratios(self) -> tuple[float, ...]:
        """Time of the baseline over time of the candidate, round by round."""
        return tuple(one.baseline_s / one.candidate_s for one in self.rounds)


def intervals(tally: Tally, stage: int) -> tuple[stats.Interval, stats.Interval, str | None]:
    """Give the speed-up, the control, and the noise if there is any.

    Noise that both sides share is in the speed-up's own interval already. A control that is off its mark shows more: a
    difference where there is none. It widens the interval by as much, so that tiers near the ratio stay open.
    """
    level = stats.level_for(stage)
    speedup = stats.speedup(tally.rounds, np.random.default_rng(stage), level)
    control = stats.control(tally.rounds, np.random.default_rng(stage), level)
    noise = stats.is_too_noisy(control)
    if noise is not None:
        off = max(control.mid, 1 / control.mid)
        speedup = stats.Interval(speedup.low / off, speedup.mid, speedup.high * off)
    return speedup, control, noise


def result_of(
    tally: Tally,
    frames: Frames,
    nothing_s: float,
    baseline: str,
    flop_count: float | None,
    witness: LibraryWitness,
) -> RaceResult:
    """Give the result of a finished race.

    Args:
        tally: what was measured.
        frames: how many calls a frame held.
        nothing_s: seconds of a frame without calls, measured in a baseline guest.
        baseline: name of what the candidate was raced against.
        flop_count: floating-point operations of one call, where a rate is of interest.
        witness: what is known of the library's share.
    """
    looks = [stage for stage, planned in enumerate(stats.STAGES) if len(tally.rounds) >= planned]
    speedup, control, noise = intervals(tally, looks[-1] if looks else 0)
    against = f"against {baseline}, {len(tally.rounds)} interleaved rounds"
    readings = [
        _interval_reading("speedup", speedup, against, tally.ratios),
        _interval_reading("control", control, f"{baseline} against itself in another process"),
        _time_reading("candidate_wall", tally.candidate_s, frames.candidate_calls),
        _time_reading("baseline_wall", tally.baseline_s, frames.baseline_calls),
        Reading("empty_frame", nothing_s, "s", Witness.JUDGE, note=_empty_frame_note(frames)),
    ]
    if flop_count:
        rate = flop_count / statistics.median(tally.candidate_s) / 1e9
        readings.append(Reading("rate", rate, "GFLOP/s", Witness.JUDGE, note="of the candidate, from its median time"))
    if witness.is_needed:
        readings.append(witness.reading())
    return RaceResult(speedup, control, tuple(tally.rounds), noise, tuple(readings))


def refuse_late_stops(tally: Tally) -> None:
    """Refuse a candidate that answers first and then resists being stopped.

    Raises:
        SubmissionFault: cause `integrity`.
    """
    late_s, usual_s = statistics.median(tally.candidate_stops_s), statistics.median(tally.baseline_stops_s)
    if late_s > max(_LATE_STOP_S, _LATE_STOP_TIMES * usual_s):
        message = (
            f"the process went on for {1e3 * late_s:.1f} ms after it had answered; "
            f"the baseline's stands within {1e3 * usual_s:.1f} ms"
        )
        raise SubmissionFault(Failure(Cause.INTEGRITY, message))


def _interval_reading(name: str, interval: stats.Interval, note: str, samples: tuple[float, ...] = ()) -> Reading:
    return Reading(name, interval.mid, "x", Witness.JUDGE, interval.low, interval.high, samples, note)


def _empty_frame_note(frames: Frames) -> str:
    if not frames.candidate_spared_s:
        return "thaw, talk and freeze; not subtracted"
    spared_ms = 1e3 * frames.candidate_spared_s, 1e3 * frames.baseline_spared_s
    return f"of each frame {spared_ms[0]:.2f} ms and {spared_ms[1]:.2f} ms (baseline) were subtracted for the hand-over"


def _time_reading(name: str, samples: tuple[float, ...], calls: int) -> Reading:
    note = f"per call, {calls} calls a frame"
    return Reading(name, statistics.median(samples), "s", Witness.JUDGE, samples=samples, note=note)
