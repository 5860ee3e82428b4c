"""Grades a challenge's stub and solutions, and tells whether each gets exactly what was promised for it.

- The stub does not pass, and earns `stub_points` of the manifest and no more, where the manifest says so.
- `full_marks` earns every point that this machine can measure.
- Every solution's checks end as its first lines declare, and nothing forbidden and no cheat passes.

A solution that noise alone left open is graded again, and is `noisy` when that does not help.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grader.authoring.expectation import Expectation, differences
from grader.authoring.solutions import STUB, Solution
from grader.challenge import Challenge
from grader.judge import HERE, Options, Surroundings, grade
from grader.submission import take_submission
from grader.verdict import CheckResult, ExitCode, Grade
from harness.errors import JudgeError, ManifestError, UsageError
from harness.outcomes import Verdict

TRIES = 2
"""Gradings of a solution that noise left open."""

NEVER_PASS = frozenset({STUB, "forbidden", "cheats"})
"""Kinds that must not pass, whatever they declare."""

GradeOne = Callable[[Challenge, Solution], Grade]
"""Grades one solution."""


class Status(StrEnum):
    """How the verifying of one solution ended."""

    AS_DECLARED = "as declared"
    DIFFERS = "differs"
    NOISY = "noisy"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Verified:
    """One row of the table.

    Attributes:
        challenge: id of the challenge.
        solution: name of the solution.
        status: how it ended.
        remarks: what is not as it should be, a line each; empty exactly where all is as declared.
        points: points earned; None where there is no grade.
        measurable: points that could be measured here; None where there is no grade.
        wall_s: seconds that the gradings took.
    """

    challenge: str
    solution: str
    status: Status
    remarks: tuple[str, ...]
    points: int | None
    measurable: int | None
    wall_s: float


def grade_here(challenge: Challenge, solution: Solution, surroundings: Surroundings = HERE) -> Grade:
    """Grade one solution on this machine, trusted as its author trusts it."""
    with take_submission(solution.path, challenge.manifest.entry.place) as submission:
        return grade(challenge, submission, Options(), surroundings=surroundings)


def verify(challenge: Challenge, solutions: Sequence[Solution], grade_one: GradeOne = grade_here) -> Iterator[Verified]:
    """Verify solutions one after the other, each told as soon as it is known."""
    for solution in solutions:
        yield verify_one(challenge, solution, grade_one)


def verify_one(challenge: Challenge, solution: Solution, grade_one: GradeOne = grade_here) -> Verified:
    """Verify one solution; its own faults and the judge's are a row too, so that the others are still seen."""
    wall_s = 0.0
    try:
        expected = solution.expectation()
        for _ in range(TRIES):
            result = grade_one(challenge, solution)
            wall_s += result.wall_s
            remarks = faults(challenge, solution, expected, result)
            noisy = bool(remarks) and _only_noise(challenge, solution, expected, result)
            if not noisy:
                break
    except (ManifestError, JudgeError, UsageError) as error:
        return Verified(challenge.id, solution.name, Status.BROKEN, (str(error),), None, None, wall_s)
    status = Status.AS_DECLARED if not remarks else Status.NOISY if noisy else Status.DIFFERS
    if result.exit_code is ExitCode.JUDGE_ERROR:
        status = Status.BROKEN
    points, measurable = result.points_earned, result.points_measurable
    return Verified(challenge.id, solution.name, status, tuple(remarks), points, measurable, wall_s)


def faults(challenge: Challenge, solution: Solution, expected: Mapping[str, Expectation], result: Grade) -> list[str]:
    """Say in one line each what is not as it should be."""
    told = [f"{check.id}: {check.verdict}: {check.reason}" for check in result.checks if _is_void(check)]
    if solution.kind == STUB:
        told += _faults_of_stub(challenge, result)
    else:
        told += [line for line in differences(expected, result.checks) if line not in told]
    if solution.kind == "full_marks" and result.points_earned != result.points_measurable:
        told.append(f"earns {result.points_earned} of {result.points_measurable} points measurable here, not all")
    if solution.kind in NEVER_PASS and result.passed:
        told.append("passes the challenge; it must not")
    return told


def exit_code(rows: Sequence[Verified]) -> ExitCode:
    """Say how the whole verifying ended; the gravest row decides."""
    found = {row.status for row in rows}
    if Status.BROKEN in found:
        return ExitCode.JUDGE_ERROR
    if Status.DIFFERS in found:
        return ExitCode.NOT_PASSED
    return ExitCode.UNDECIDED if Status.NOISY in found else ExitCode.PASSED


def _faults_of_stub(challenge: Challenge, result: Grade) -> list[str]:
    """Hold the stub against the manifest; where that is silent, it only must not pass."""
    said = challenge.manifest.stub_points
    earned = sum(check.points for check in result.checks if check.lane == "cpu")
    if said is None or said == earned:
        return []
    return [f"earns {earned} points on the CPU; stub_points of the manifest says {said}"]


def _only_noise(challenge: Challenge, solution: Solution, expected: Mapping[str, Expectation], result: Grade) -> bool:
    """Tell whether all that is wrong was left open by noise, or waited for what was."""
    settled = [check for check in result.checks if check.points_open is None]
    if len(settled) == len(result.checks) or any(_is_void(check) for check in result.checks):
        return False
    if solution.kind == STUB:
        return not result.passed
    known = {check.id: expected[check.id] for check in settled if check.id in expected}
    declared = len(known) == len([check for check in settled if check.lane == "cpu"])
    lost = [check for check in settled if check.measurable and check.points < check.max_points]
    return declared and not differences(known, settled) and not (solution.kind == "full_marks" and lost)


def _is_void(check: CheckResult) -> bool:
    """Tell whether a check says nothing of the submission."""
    return check.verdict in {Verdict.JUDGE_ERROR, Verdict.MANIFEST_ERROR}
