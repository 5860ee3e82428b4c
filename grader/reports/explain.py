"""What several reports for other tools tell of one check in plain text, and how they keep within a size."""

from __future__ import annotations

from collections.abc import Iterator

from grader.advice import ADVICE
from grader.reports.text import bounded, deciding_reading, figure, visible
from grader.verdict import CheckResult, ExitCode, Grade
from harness.outcomes import Failure

OUTPUT_LINES, OUTPUT_CHARS = 60, 8_000
"""How much of a submission's output, and of its traceback, goes into a report."""

ENDINGS = {
    ExitCode.PASSED: "passed",
    ExitCode.NOT_PASSED: "not passed",
    ExitCode.USAGE: "void: the challenge is at fault, not the submission",
    ExitCode.UNDECIDED: "undecided: another run, on a quieter machine, may pass",
    ExitCode.JUDGE_ERROR: "void: the judge is at fault, not the submission",
}
"""How a grade ended, in words."""


def is_void(grade: Grade) -> bool:
    """Tell whether a fault of the judge or of the author keeps a grade from saying anything of the submission."""
    return grade.exit_code in {ExitCode.USAGE, ExitCode.JUDGE_ERROR}


def explain(check: CheckResult) -> str:
    """Tell a check's figure and why it did not pass, harmless for any terminal; empty where there is nothing to say."""
    return "\n".join(_lines(check))


def outline(check: CheckResult) -> str:
    """Tell the same in one line, without what the submission printed."""
    if check.failure is not None:
        return f"{check.failure.cause.value}: {visible(check.failure.message)}".replace("\n", " ")
    return visible(check.reason or "").replace("\n", " ")


def printed(failure: Failure | None) -> str:
    """Give what a failed submission printed, escaped and cut; empty when it printed nothing."""
    return bounded(visible(failure.output or ""), OUTPUT_LINES, OUTPUT_CHARS) if failure else ""


def traceback_of(failure: Failure) -> str:
    """Give the submission's own traceback, escaped and cut."""
    return bounded(visible(failure.trace or ""), OUTPUT_LINES, OUTPUT_CHARS)


def cut(text: str, most_chars: int) -> str:
    """Keep a text within `most_chars` characters, the remark that it was cut included."""
    if len(text) <= most_chars:
        return text
    remark = f"\n[cut here: {len(text)} characters in all]"
    return text[: max(0, most_chars - len(remark))] + remark[-most_chars:]


def _lines(check: CheckResult) -> Iterator[str]:
    """Give the lines of an explanation."""
    reading = deciding_reading(check)
    if reading is not None:
        yield visible(f"{reading.name}: {figure(reading)}")
    if check.next_tier is not None and reading is not None:
        yield visible(f"next tier: {check.next_tier.name} (from {check.next_tier.reach:g})")
    if check.reason is not None:
        yield f"{check.verdict.replace('_', ' ')}: {visible(check.reason)}"
    if check.failure is not None:
        yield from _failure(check, check.failure)


def _failure(check: CheckResult, failure: Failure) -> Iterator[str]:
    """Give the lines of a failure."""
    yield outline(check)
    yield ADVICE[failure.cause]
    index = None if failure.index is None else str(list(failure.index))
    for name, value in (
        ("expected", failure.expected),
        ("actual", failure.actual),
        ("first differs at", index),
        ("shape", failure.shape),
        ("replay with", failure.seed and f"--seed {failure.seed} --only {check.id}"),
        ("hint", check.hint),
    ):
        if value:
            yield f"{name}: {visible(value)}"
    if failure.trace:
        yield f"traceback:\n{traceback_of(failure)}"
    if failure.output:
        yield f"what the submission printed:\n{printed(failure)}"
