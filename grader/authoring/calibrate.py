"""Proposes thresholds for this class of machine, from what solutions really reach on it, with room for noise.

Every solution that is not wrong is graded several times. For each tier, those that reach it and those that don't leave
a window between them; twice the noise is taken off on either side. A threshold within the window stands, another one is
proposed to lie in its middle, and where no room is left nothing is proposed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from grader.manifest.schema import Manifest
from grader.verdict import Grade
from harness.device import Machine
from harness.readings import Reading

KINDS = ("full_marks", "also_right", "too_slow")
"""Kinds of solutions whose speed means something."""

MOST_NOISE = 0.2
"""Noise above which nothing is proposed: then a window would say more of the machine than of the solutions."""

ROOM = 2.0
"""How many times the noise a threshold keeps away from what was measured."""


class Advice(StrEnum):
    """What becomes of a threshold."""

    STANDS = "stands"
    MOVE = "move"
    TOO_NOISY = "too noisy"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one solution reached in one check.

    Attributes:
        check: id of the check.
        solution: name of the solution.
        value: the median of its runs.
        low: the lowest end of their intervals.
        high: the highest end.
        noise: half the width of interval and runs together, relative to the value.
        runs: the value of every run.
    """

    check: str
    solution: str
    value: float
    low: float
    high: float
    noise: float
    runs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is said of one tier.

    Attributes:
        check: id of the check.
        tier: name of the tier.
        reach: its threshold as the manifest has it.
        advice: whether it stands.
        proposed: the threshold to take on this class of machine; None where there is none.
        low: the low end of the window; 0 where every solution reaches the tier.
        high: the high end; infinity where none does.
        noise: the noise that the window allows for.
        why: in one line.
    """

    check: str
    tier: str
    reach: float
    advice: Advice
    proposed: float | None
    low: float
    high: float
    noise: float
    why: str


def measured(check: str, solution: str, readings: Sequence[Reading]) -> Measured:
    """Put the runs of one solution together."""
    values = tuple(reading.value for reading in readings)
    low = min(reading.value if reading.low is None else reading.low for reading in readings)
    high = max(reading.value if reading.high is None else reading.high for reading in readings)
    middle = median(values)
    return Measured(check, solution, middle, low, high, (high - low) / 2 / middle if middle else math.inf, values)


def measurements(manifest: Manifest, grades: Mapping[str, Sequence[Grade]]) -> list[Measured]:
    """Gather what every solution reached in every check with a threshold.

    Args:
        manifest: of the challenge.
        grades: the grades of each solution, by its name.
    """
    found = []
    for check in manifest.checks:
        for solution, runs in grades.items():
            metric = check.threshold.metric if check.threshold else None
            readings = [
                reading
                for run in runs
                for row in run.checks
                if row.id == check.id
                for reading in row.readings
                if reading.name == metric
            ]
            if readings:
                found.append(measured(check.id, solution, readings))
    return found


def proposals(manifest: Manifest, found: Iterable[Measured]) -> list[Proposal]:
    """Say of every tier of the manifest what was seen."""
    every = list(found)
    return [
        propose(check.id, tier.name, tier.reach, [one for one in every if one.check == check.id])
        for check in manifest.checks
        if check.threshold is not None
        for tier in check.threshold.tiers
    ]


def propose(check: str, tier: str, reach: float, found: Sequence[Measured]) -> Proposal:
    """Say of one tier whether it stands between those who reach it and those who don't."""
    if not found:
        why = "no solution got as far as this check here"
        return Proposal(check, tier, reach, Advice.NOT_MEASURED, None, 0.0, math.inf, 0.0, why)
    noise = max(one.noise for one in found)
    below = [one for one in found if one.value < reach]
    above = [one for one in found if one.value >= reach]
    low = max((one.high for one in below), default=0.0) * (1 + ROOM * noise)
    high = min((one.low for one in above), default=math.inf) * (1 - ROOM * noise)
    if noise > MOST_NOISE:
        why = f"readings are uncertain by {noise:.0%}, more than {MOST_NOISE:.0%}: use a quieter machine, or more runs"
        return Proposal(check, tier, reach, Advice.TOO_NOISY, None, low, high, noise, why)
    names = f"{_names(below) or 'nobody'} below, {_names(above) or 'nobody'} above"
    if low <= reach <= high:
        return Proposal(check, tier, reach, Advice.STANDS, reach, low, high, noise, names)
    if low >= high:
        why = f"no room between {low:.3g} and {high:.3g} after {ROOM:g} times a noise of {noise:.1%}; {names}"
        return Proposal(check, tier, reach, Advice.TOO_NOISY, None, low, high, noise, why)
    middle = math.sqrt(low * high) if low > 0 and math.isfinite(high) else (high if math.isfinite(high) else low)
    return Proposal(check, tier, reach, Advice.MOVE, float(f"{middle:.3g}"), low, high, noise, names)


def device_class(machine: Machine) -> str:
    """Name the class of a machine: its processor and cores, and its GPUs, as a file name."""
    parts = [machine.cpu, f"{machine.cores} cores", *machine.gpus]
    return re.sub(r"[^a-z0-9]+", "-", " ".join(parts).lower().replace("(r)", "").replace("(tm)", "")).strip("-")[:100]


def _names(found: Sequence[Measured]) -> str:
    return ", ".join(f"{one.solution} {one.value:.3g}" for one in found)
