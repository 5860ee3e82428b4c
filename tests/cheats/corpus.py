"""Grades one file of the corpus against the challenge that is kept for it, and compares with what it declares."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from grader.authoring.expectation import Expectation, differences, read_expectation
from grader.challenge import Challenge, open_challenge
from grader.judge import Options, grade
from grader.submission import take_submission
from grader.verdict import CheckResult
from harness.outcomes import Verdict

HERE = Path(__file__).parent
ATTACKS, CONTROLS = HERE / "attacks", HERE / "controls"
GPU_ATTACKS, GPU_CONTROLS = HERE / "gpu_attacks", HERE / "gpu_controls"
UNTIMED = ("values", "precision", "steady")
"""The checks that measure no time."""

ON_GPU = ("gpu-values", "gpu-fast")
"""The checks of the lane of one GPU."""

TRIES = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one file of the corpus was meant to get, and got.

    Attributes:
        name: of the file, without its ending.
        expected: the decisive row as declared: `values: failed dtype`, or `all passed`.
        got: the same of the grade.
        differences: every row that ended otherwise, with the learner's text; empty when it is as declared.
        wall_s: seconds of the grading.
    """

    name: str
    expected: str
    got: str
    differences: tuple[str, ...]
    wall_s: float


def files() -> list[Path]:
    """Give every attack, and behind them every control."""
    return [*sorted(ATTACKS.glob("*.py")), *sorted(CONTROLS.glob("*.py"))]


def gpu_files() -> list[Path]:
    """Give every attack that needs a GPU, and behind them every control."""
    return [*sorted(GPU_ATTACKS.glob("*.py")), *sorted(GPU_CONTROLS.glob("*.py"))]


def is_raced(path: Path) -> bool:
    """Whether a file gets as far as the race, so that nothing else may run beside it."""
    return read_expectation(path)["fast"].verdict is not Verdict.SKIPPED


def judge(path: Path, only: tuple[str, ...] = ()) -> Outcome:
    """Grade one file in a sandbox, which it must not be run without; a race that noise leaves open is run again.

    `only` names the checks that are run, in the order of the manifest; all of them without.
    """
    lane, only = ("cuda", ON_GPU) if path.parent in {GPU_ATTACKS, GPU_CONTROLS} else ("cpu", only)
    expected = {check: end for check, end in read_expectation(path).items() if check in only or not only}
    start = time.perf_counter()
    for _ in range(TRIES):
        rows = tuple(row for row in _graded(path, only) if row.id in expected)
        found = differences(expected, rows, lane)
        if not any(row.verdict is Verdict.UNDECIDED for row in rows):
            break
    wall_s = time.perf_counter() - start
    return Outcome(path.stem, _decisive(expected), _decisive(_as_expectation(rows)), tuple(found), wall_s)


def _graded(path: Path, only: tuple[str, ...]) -> tuple[CheckResult, ...]:
    challenge: Challenge = open_challenge(HERE / "challenges", "softmax")
    with take_submission(path, challenge.manifest.entry.place) as submission:
        return grade(challenge, submission, Options(sandbox="require", only=only)).checks


def _as_expectation(rows: tuple[CheckResult, ...]) -> dict[str, Expectation | str]:
    return {
        row.id: f"{row.verdict}" + (f" {row.failure.cause}" if row.failure is not None else f" ({row.reason})")
        if row.verdict is not Verdict.PASSED
        else "passed"
        for row in rows
    }


def _decisive(rows: dict[str, Expectation] | dict[str, Expectation | str]) -> str:
    """Give the first row that is not passed."""
    ends = ((check, str(end)) for check, end in rows.items())
    return next((f"{check}: {end}" for check, end in ends if end != "passed"), "all passed")
