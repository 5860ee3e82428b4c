"""Turns the ends of hidden tests into one outcome a check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from harness.errors import JudgeError, ManifestError, NotMeasured, SubmissionFault, Undecided
from harness.findings import MOST_FINDINGS, Finding
from harness.outcomes import RANK, CheckOutcome, Failure, Verdict
from harness.plan import CheckPlan
from harness.readings import Cause, Reading, Witness


@dataclass(slots=True)
class _State:
    verdict: Verdict | None = None
    reason: str | None = None
    failure: Failure | None = None
    readings: list[Reading] = field(default_factory=list)
    evidence: Witness = Witness.JUDGE
    wall_s: float = 0.0
    findings: list[Finding] = field(default_factory=list)


class Recorder:
    """What is known so far of every check of a plan."""

    def __init__(self, checks: Sequence[CheckPlan], lanes: frozenset[str], seed: str) -> None:
        self._checks = {check.id: check for check in checks}
        self._states = {check.id: _State() for check in checks}
        self._lanes = lanes
        self._seed = seed

    def knows(self, check: str) -> bool:
        """Whether the plan has this check."""
        return check in self._checks

    def plan(self, check: str) -> CheckPlan:
        """Give the plan of a check."""
        return self._checks[check]

    def reason_to_pass_over(self, check: str) -> str | None:
        """Say why a test of this check need not run; the check's outcome then says the same."""
        plan, state = self._checks[check], self._states[check]
        if plan.lane not in self._lanes:
            self._settle(state, Verdict.NOT_MEASURED, f"needs a machine with {plan.lane}")
        elif missing := [need for need in plan.needs if not self._stands(need)]:
            self._settle(state, Verdict.SKIPPED, f"needs {', '.join(missing)}, which did not pass")
        elif state.verdict in (None, Verdict.PASSED):
            return None
        return state.reason or f"{check} is settled: {state.verdict}"

    def add(self, check: str, reading: Reading) -> None:
        """Keep one reading of a check."""
        self._states[check].readings.append(reading)

    def find(self, check: str, finding: Finding) -> None:
        """Keep one finding of a check; one of the same name takes the place of the earlier one.

        Raises:
            ValueError: there are more than a report can show.
        """
        findings = self._states[check].findings
        findings[:] = [one for one in findings if one.name != finding.name] + [finding]
        if len(findings) > MOST_FINDINGS:
            raise ValueError(f"check {check!r} has more than {MOST_FINDINGS} findings")

    def rest_on(self, check: str, witness: Witness) -> None:
        """Say that the verdict of a check rests on a weaker witness than the judge."""
        self._states[check].evidence = witness

    def end(self, check: str, error: BaseException | None, wall_s: float) -> None:
        """Take in how one test (or its set-up) ended."""
        state = self._states[check]
        state.wall_s += wall_s
        if error is None:
            self._settle(state, Verdict.PASSED, None)
        elif isinstance(error, SubmissionFault):
            self._settle(state, Verdict.FAILED, None, replace(error.failure, seed=error.failure.seed or self._seed))
        elif isinstance(error, AssertionError):
            message = str(error).partition("\nassert ")[0] or "a property that must hold does not"
            self._settle(state, Verdict.FAILED, None, Failure(Cause.VALUES, message, seed=self._seed))
        elif isinstance(error, NotMeasured | Undecided):
            verdict = Verdict.NOT_MEASURED if isinstance(error, NotMeasured) else Verdict.UNDECIDED
            self._settle(state, verdict, str(error))
        elif isinstance(error, ManifestError):
            self._settle(state, Verdict.MANIFEST_ERROR, str(error))
        elif isinstance(error, JudgeError):
            self._settle(state, Verdict.JUDGE_ERROR, str(error))
        else:
            text = f"a hidden test raised {type(error).__name__}: {error}"
            self._settle(state, Verdict.MANIFEST_ERROR, text)

    def outcomes(self) -> tuple[CheckOutcome, ...]:
        """Give the outcome of every check; one that no test spoke for is the author's fault."""
        for check in self._checks:
            self.reason_to_pass_over(check)
        return tuple(self._outcome(check, state) for check, state in self._states.items())

    def _stands(self, check: str) -> bool:
        """Whether a check passed and, if it has tiers, surely reached the lowest one."""
        plan, state = self._checks[check], self._states[check]
        lows = [one.low for one in state.readings if one.name == plan.metric and one.low is not None]
        reached = not plan.tiers or (bool(lows) and min(lows) >= min(plan.tiers))
        return state.verdict is Verdict.PASSED and reached

    def _outcome(self, check: str, state: _State) -> CheckOutcome:
        verdict, reason = state.verdict, state.reason
        if verdict is None:
            verdict, reason = Verdict.MANIFEST_ERROR, f"no hidden test is marked with check {check!r}"
        readings, findings = tuple(state.readings), tuple(state.findings)
        return CheckOutcome(check, verdict, reason, state.failure, readings, state.evidence, state.wall_s, findings)

    def _settle(self, state: _State, verdict: Verdict, reason: str | None, failure: Failure | None = None) -> None:
        """Keep the gravest verdict; the first failure is the one that is told."""
        if state.verdict is None or RANK.index(verdict) > RANK.index(state.verdict):
            state.verdict, state.reason, state.failure = verdict, reason, failure
