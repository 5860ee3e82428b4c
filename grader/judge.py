"""One submission against one challenge: one grade."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from grader.challenge import Challenge
from grader.meant import asked_checks
from grader.rubric import needed_checks, score
from grader.submission import Submission
from grader.verdict import Grade
from harness.device import Machine, describe_machine
from harness.errors import UsageError
from harness.plan import Findings, GradingPlan

Progress = Callable[[str], None]
"""Takes one line on how far a grading is; it may hold text that a submission wrote."""

Runner = Callable[[GradingPlan, Progress], Findings]
"""Runs the hidden tests of a plan."""

SEED_BYTES = 32
"""Length of a secret seed."""


class Clock(Protocol):
    """What tells a grading the time; a parameter, so that a test can tell it to the digit."""

    def now(self) -> datetime:
        """Tell the date and time, in UTC."""

    def monotonic_s(self) -> float:
        """Tell seconds since some moment, never going back."""


class WallClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Tell the date and time, in UTC."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Tell seconds since the machine started."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Options:
    """What the person at the terminal chose.

    Attributes:
        seed: the 32 bytes to draw inputs from; None for fresh secret ones.
        only: the checks to run, with those that they need, as a person names them (`asked_checks`); none means all.
        sandbox: `auto`, `require` or `process`, as in `GradingPlan`.
        trust_submission: whether speed and rules may earn points without a sandbox.
        require: lanes that this machine must have.
    """

    seed: bytes | None = None
    only: tuple[str, ...] = ()
    sandbox: str = "auto"
    trust_submission: bool = True
    require: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a grading takes from outside, each with a fake in the tests.

    Attributes:
        clock: tells the time.
        machine: tells what this machine has.
        progress: is told how far the grading is.
    """

    clock: Clock
    machine: Callable[[], Machine]
    progress: Progress


def run_on_this_machine(plan: GradingPlan, progress: Progress) -> Findings:
    """Run the hidden tests with the harness, which brings pytest and torch with it."""
    # Here and not above: what only lists challenges or renders a grade must start without pytest and torch.
    from harness.plugin.run import run_hidden_tests  # noqa: PLC0415

    return run_hidden_tests(plan, progress)


def silent(_: str) -> None:
    """Tell nobody."""


HERE = Surroundings(clock=WallClock(), machine=describe_machine, progress=silent)
"""This machine, told to nobody."""


def grade(
    challenge: Challenge,
    submission: Submission,
    options: Options,
    runner: Runner = run_on_this_machine,
    surroundings: Surroundings = HERE,
) -> Grade:
    """Judge one submission.

    Raises:
        UsageError: when the options ask for a check or a lane that is not there.
        JudgeError: when the judge can't do its work; `SandboxError` when asked-for isolation is not to be had.
    """
    started, start_s = surroundings.clock.now(), surroundings.clock.monotonic_s()
    machine = surroundings.machine()
    asked = asked_checks(challenge.manifest, options.only)
    _refuse_missing_lanes(machine, options.require)
    seed = options.seed or secrets.token_bytes(SEED_BYTES)
    commitment = hashlib.sha256(seed).hexdigest()
    surroundings.progress(f"seed commitment {commitment}")
    only = needed_checks(challenge.manifest, asked)
    findings = runner(_plan(challenge, submission, options, machine, seed, only), surroundings.progress)
    checks = score(challenge.manifest, findings.outcomes, only)
    return Grade(
        challenge=challenge.id,
        challenge_format=challenge.manifest.format,
        challenge_digest=challenge.digest,
        title=challenge.manifest.title,
        pass_mark=challenge.manifest.pass_mark,
        submission_sha256=submission.sha256,
        submission_files=submission.files,
        machine=machine,
        isolation=findings.isolation,
        isolation_note=findings.isolation_note,
        freezer=findings.freezer,
        seed_commitment=commitment,
        seed=seed.hex(),
        started=started,
        wall_s=surroundings.clock.monotonic_s() - start_s,
        spans=findings.spans,
        checks=checks,
        only=asked,
    )


def _plan(
    challenge: Challenge,
    submission: Submission,
    options: Options,
    machine: Machine,
    seed: bytes,
    only: frozenset[str],
) -> GradingPlan:
    """Say to the harness, in its own words, what is to be run; what `only` leaves out is no row of this plan."""
    manifest = challenge.manifest
    asked = [check for check in manifest.checks if not only or check.id in only]
    return GradingPlan(
        hidden_tests=challenge.hidden_tests,
        submission=submission.folder,
        entry_file=manifest.entry.file,
        function=manifest.entry.function,
        checks=tuple(check.as_plan() for check in asked),
        limits=manifest.limits.as_plan(),
        lanes=machine.lanes,
        seed=seed,
        driver=challenge.driver,
        sandbox=options.sandbox,
        trust_submission=options.trust_submission,
        only=tuple(check.id for check in asked) if only else (),
    )


def _refuse_missing_lanes(machine: Machine, required: tuple[str, ...]) -> None:
    """Refuse to grade on a machine that lacks a lane which the person insists on."""
    for lane in required:
        if lane not in machine.lanes:
            raise UsageError(
                f"--require {lane}: this machine has only {', '.join(sorted(machine.lanes))}; "
                "`grade doctor` says what is missing"
            )
