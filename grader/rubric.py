"""From what the hidden tests found to points: pure, fails closed.

Only what a check's manifest accepts as evidence earns points; the interval of a reading must lie above a tier as a
whole before the tier counts; a check whose needs did not all pass earns nothing, whatever its own tests say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.advice import BEFORE_THE_TASK
from grader.manifest.schema import CheckPart, Manifest, Threshold
from grader.verdict import CheckResult, Tier
from harness.errors import JudgeError
from harness.outcomes import CheckOutcome, Failure, Verdict
from harness.readings import Cause, Reading, Witness

STRENGTH = {Witness.JUDGE: 2, Witness.GUEST: 1, Witness.STATIC: 0}
"""How much the word of a witness is worth."""


@dataclass(frozen=True, slots=True)
class _Ruling:
    """What the rubric makes of one outcome, before it becomes a row."""

    verdict: Verdict
    points: int = 0
    points_open: int | None = None
    failure: Failure | None = None
    reason: str | None = None
    tier_reached: Tier | None = None
    next_tier: Tier | None = None


def score(
    manifest: Manifest, outcomes: Sequence[CheckOutcome], only: frozenset[str] = frozenset()
) -> tuple[CheckResult, ...]:
    """Turn outcomes into the rows of a grade, one a check, in the order of the manifest.

    Args:
        manifest: the challenge's rubric.
        outcomes: what the hidden tests found; a check without one becomes a judge error.
        only: ids of the checks that were asked for; empty means all.

    Raises:
        JudgeError: when outcomes name a check twice, or one that the manifest lacks.
    """
    by_id = _index(manifest, outcomes)
    settled: dict[str, CheckResult] = {}
    for check in _needed_first(manifest.checks):
        outcome = by_id.get(check.id)
        ruling = _LEFT_OUT if only and check.id not in only else _rule(check, outcome)
        settled[check.id] = _row(manifest.id, check, outcome, _after_needs(ruling, check, settled))
    return tuple(settled[check.id] for check in manifest.checks)


def needed_checks(manifest: Manifest, only: Sequence[str]) -> frozenset[str]:
    """Name the checks of `only` and all that these need, directly or not."""
    needs = {check.id: check.needs for check in manifest.checks}
    found: set[str] = set()
    waiting = list(only)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(needs[name])
    return frozenset(found)


_LEFT_OUT = _Ruling(Verdict.NOT_MEASURED, reason="left out of this run by --only")


def _index(manifest: Manifest, outcomes: Sequence[CheckOutcome]) -> dict[str, CheckOutcome]:
    """Find outcomes by their check; refuse strangers and doubles, which would let one verdict hide another."""
    by_id = {outcome.check: outcome for outcome in outcomes}
    strangers = sorted(by_id.keys() - {check.id for check in manifest.checks})
    if strangers:
        raise JudgeError(f"the hidden tests of {manifest.id!r} reported checks that its manifest lacks: {strangers}")
    if len(by_id) != len(outcomes):
        raise JudgeError(f"the hidden tests of {manifest.id!r} reported a check more than once")
    return by_id


def _needed_first(checks: Sequence[CheckPart]) -> list[CheckPart]:
    """Order checks so that each comes after those it needs; the manifest has no circle."""
    ordered: dict[str, CheckPart] = {}
    waiting = list(checks)
    while waiting:
        ready = [check for check in waiting if all(need in ordered for need in check.needs)]
        ordered.update({check.id: check for check in ready})
        waiting = [check for check in waiting if check.id not in ordered]
    return list(ordered.values())


def _rule(check: CheckPart, outcome: CheckOutcome | None) -> _Ruling:
    """Say what one outcome is worth by itself."""
    if outcome is None:
        return _Ruling(Verdict.JUDGE_ERROR, reason="the hidden tests reported nothing for this check")
    if outcome.verdict is Verdict.PASSED:
        return _rule_passed(check, outcome)
    next_tier = _tiers(check.threshold)[0] if check.threshold else None
    return _Ruling(
        verdict=outcome.verdict,
        points_open=check.max_points if outcome.verdict is Verdict.UNDECIDED else None,
        failure=outcome.failure,
        reason=None if outcome.failure else outcome.reason or "the hidden tests gave no reason",
        next_tier=next_tier,
    )


def _rule_passed(check: CheckPart, outcome: CheckOutcome) -> _Ruling:
    """Say what a check earns whose tests all passed."""
    if STRENGTH[outcome.evidence] < STRENGTH[Witness(check.evidence)]:
        return _too_weak(check, outcome.evidence)
    if check.threshold is None:
        return _Ruling(Verdict.PASSED, points=check.max_points)
    return _rule_tiers(check, check.threshold, outcome.readings)


def _too_weak(check: CheckPart, witness: Witness) -> _Ruling:
    """Say that nobody whose word counts for this check saw it."""
    reason = f"rests on the word of the {witness}, and this check takes the word of the {check.evidence}"
    return _Ruling(Verdict.NOT_MEASURED, reason=reason)


def _rule_tiers(check: CheckPart, threshold: Threshold, readings: Sequence[Reading]) -> _Ruling:
    """Say which tiers an interval lies above, and whether it holds one that carries more points."""
    found = [reading for reading in readings if reading.name == threshold.metric]
    if not found:
        reason = f"its hidden tests passed without recording the reading {threshold.metric!r} that its tiers ask for"
        return _Ruling(Verdict.MANIFEST_ERROR, reason=reason)
    weakest = min((reading.witness for reading in found), key=STRENGTH.__getitem__)
    if STRENGTH[weakest] < STRENGTH[Witness(check.evidence)]:
        return _too_weak(check, weakest)
    if any(reading.low is None for reading in found):
        reason = f"the reading {threshold.metric!r} has no interval, and tiers are decided by intervals"
        return _Ruling(Verdict.MANIFEST_ERROR, reason=reason)
    return _rule_interval(threshold, _worst(found))


def _worst(readings: Sequence[Reading]) -> Reading:
    """Take the reading that a check with several of them (one a shape) stands or falls with.

    The smallest of several true values lies between the smallest low end and the smallest high end.
    """
    worst = min(readings, key=lambda reading: reading.value)
    lows = [reading.low for reading in readings if reading.low is not None]
    highs = [reading.high for reading in readings if reading.high is not None]
    return replace(worst, low=min(lows), high=min(highs))


def _rule_interval(threshold: Threshold, reading: Reading) -> _Ruling:
    """Decide a reading with an interval against the tiers."""
    low, high = _interval(reading)
    tiers = _tiers(threshold)
    count = sum(tier.reach <= low for tier in tiers)
    reached = tiers[count - 1] if count else None
    upper = tiers[count] if count < len(tiers) else None
    points = reached.points if reached else 0
    winnable = max([points, *(tier.points for tier in tiers if tier.reach <= high)])
    ruling = _Ruling(Verdict.PASSED, points=points, tier_reached=reached, next_tier=upper)
    if winnable > points:
        at_stake = next(tier for tier in tiers[count:] if tier.points > points)
        reason = f"{_figure(reading)}: tier {at_stake.name!r} ({at_stake.reach:g}) lies inside the interval; run again"
        return replace(ruling, verdict=Verdict.UNDECIDED, points_open=winnable - points, reason=reason)
    if points == 0:
        return replace(ruling, verdict=Verdict.FAILED, failure=_below(threshold, reading, reached, upper))
    return ruling


def _below(threshold: Threshold, reading: Reading, reached: Tier | None, upper: Tier | None) -> Failure:
    """Tell a learner how far the first tier that carries points is."""
    tiers = _tiers(threshold)
    first = next(tier for tier in tiers if tier.points > 0)
    stand = (
        f"you are at {reached.name!r} ({reached.reach:g})" if reached else f"below the first tier, {tiers[0].name!r}"
    )
    step = f"; the next is {upper.name!r} ({upper.reach:g})" if upper and upper != first else ""
    unit = f" {reading.unit}" if reading.unit else ""
    return Failure(
        cause=Cause(threshold.cause),
        message=f"{_figure(reading)}: {stand}{step}; points begin at {first.name!r} ({first.reach:g})",
        expected=f"at least {first.reach:g}{unit}",
        actual=f"{reading.value:.4g}{unit}",
    )


def _figure(reading: Reading) -> str:
    """Write a reading with its interval, as in `speedup 1.03 x (95 % interval 1.01 to 1.05)`."""
    low, high = _interval(reading)
    return f"{reading.name} {reading.value:.4g} {reading.unit} (95 % interval {low:.4g} to {high:.4g})"


def _interval(reading: Reading) -> tuple[float, float]:
    """Take both ends of the interval of a reading that is known to have one."""
    if reading.low is None or reading.high is None:
        raise JudgeError(f"reading {reading.name!r} lost its interval")
    return reading.low, reading.high


def _tiers(threshold: Threshold) -> list[Tier]:
    """Bring the tiers of a manifest into the words of a grade."""
    return [Tier(name=tier.name, reach=tier.reach, points=tier.points) for tier in threshold.tiers]


def _after_needs(ruling: _Ruling, check: CheckPart, settled: Mapping[str, CheckResult]) -> _Ruling:
    """Take back a ruling that rests on checks which did not pass."""
    if ruling.verdict not in {Verdict.PASSED, Verdict.UNDECIDED, Verdict.SKIPPED}:
        return ruling
    lacking = [settled[need] for need in check.needs if not _holds(settled[need])]
    if not lacking:
        return ruling
    if any(need.verdict is Verdict.NOT_MEASURED for need in lacking):
        names = [need.id for need in lacking if need.verdict is Verdict.NOT_MEASURED]
        return _Ruling(Verdict.NOT_MEASURED, reason=f"needs {', '.join(names)}, not measured in this run")
    names_and_verdicts = ", ".join(f"{need.id} ({need.verdict})" for need in lacking)
    hopeful = all(need.points_open is not None for need in lacking)
    return _Ruling(
        verdict=Verdict.SKIPPED,
        points_open=check.max_points if hopeful else None,
        reason=f"needs {names_and_verdicts}",
    )


def _holds(need: CheckResult) -> bool:
    """Tell whether a needed check is met: passed, or undecided only on how far above its first points it lies."""
    return need.verdict is Verdict.PASSED or need.points > 0


def _hint(challenge: str, check: CheckPart, ruling: _Ruling) -> str | None:
    """Give the author's hint where the failure is about the task; a syntax error needs other words.

    Hints that come in steps are asked for, one at a time: then it is told how.
    """
    if ruling.failure is not None and ruling.failure.cause in BEFORE_THE_TASK:
        return None
    if check.hint is None and check.hints:
        return f"`grade hint {challenge} {check.id}` tells one more each time, {len(check.hints)} in all."
    return check.hint


def _row(challenge: str, check: CheckPart, outcome: CheckOutcome | None, ruling: _Ruling) -> CheckResult:
    """Write one row of a grade."""
    return CheckResult(
        id=check.id,
        title=check.title,
        verdict=ruling.verdict,
        points=ruling.points,
        max_points=check.max_points,
        lane=check.lane,
        required=check.required,
        failure=ruling.failure,
        reason=ruling.reason,
        readings=outcome.readings if outcome else (),
        evidence=outcome.evidence if outcome else Witness.JUDGE,
        wall_s=outcome.wall_s if outcome else 0.0,
        metric=check.threshold.metric if check.threshold else None,
        tier_reached=ruling.tier_reached,
        next_tier=ruling.next_tier,
        hint=_hint(challenge, check, ruling),
        points_open=ruling.points_open,
        findings=outcome.findings if outcome else (),
    )
