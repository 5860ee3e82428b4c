"""A grade for the log of a GitHub workflow: annotations as workflow commands, and a plain text in between.

The runner obeys any line of a log that starts with `::`, and any `##[` in one. So what a submission wrote is put behind
a bar, and between `::stop-commands::` and a token that it can't know: a hash of the secret seed.
For the page of the job add `--format markdown="$GITHUB_STEP_SUMMARY"`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from grader.reports.explain import ENDINGS, explain, outline
from grader.reports.text import points_line, visible_line
from grader.verdict import VOID, CheckResult, Grade
from harness.outcomes import Verdict

MOST_ANNOTATIONS = 10
"""Annotations of one kind that GitHub shows for a step."""

MOST_CHARS = 4000
"""Characters of one message; GitHub's own bound is not documented."""

_PLACE = re.compile(r'File "(?P<file>[^"\n]+)", line (?P<line>[0-9]{1,7})')


def render(grade: Grade) -> str:
    """Write annotations first, then everything in text that the runner reads as text alone."""
    return "\n".join([*_annotations(grade), *_text(grade), _ending(grade)]) + "\n"


def escape_message(text: str) -> str:
    """Escape the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Escape a property of a workflow command."""
    return escape_message(text).replace(":", "%3A").replace(",", "%2C")


def _kind(check: CheckResult) -> str | None:
    """Name the kind of annotation that a check gets."""
    if check.verdict is Verdict.PASSED:
        return None
    if check.verdict is Verdict.FAILED or check.verdict in VOID:
        return "error"
    return "warning" if check.verdict is Verdict.UNDECIDED else "notice"


def _annotations(grade: Grade) -> Iterator[str]:
    """Give as many annotations as are shown, and say in the last one of a kind how many more there are."""
    by_kind: dict[str, list[CheckResult]] = {}
    for check in grade.checks:
        kind = _kind(check)
        if kind is not None:
            by_kind.setdefault(kind, []).append(check)
    for kind, checks in by_kind.items():
        fits = len(checks) <= MOST_ANNOTATIONS
        for check in checks if fits else checks[: MOST_ANNOTATIONS - 1]:
            yield _annotation(kind, grade, check)
        if not fits:
            more = ", ".join(check.id for check in checks[MOST_ANNOTATIONS - 1 :])
            yield f"::{kind} title={escape_property(grade.challenge)}::{escape_message(f'more, in the log: {more}')}"


def _annotation(kind: str, grade: Grade, check: CheckResult) -> str:
    """Write one annotation."""
    title = f"{grade.challenge}/{check.id}: {check.verdict.replace('_', ' ')}"
    properties = [*_place(grade, check), f"title={escape_property(title)}"]
    message = outline(check)
    if len(message) > MOST_CHARS:
        message = message[:MOST_CHARS] + " [cut here; all of it is in the log]"
    return f"::{kind} {','.join(properties)}::{_harmless(escape_message(message))}"


def _place(grade: Grade, check: CheckResult) -> list[str]:
    """Say where in the submission it went wrong: the last of its own lines in the traceback."""
    trace = check.failure.trace or "" if check.failure else ""
    own = [found for found in _PLACE.finditer(trace) if found["file"] in grade.submission_files]
    if own:
        return [f"file={escape_property(own[-1]['file'])}", f"line={own[-1]['line']}"]
    if check.failure is not None and len(grade.submission_files) == 1:
        return [f"file={escape_property(grade.submission_files[0])}"]
    return []


def _text(grade: Grade) -> Iterator[str]:
    """Give every check's explanation, with the runner told to obey nothing meanwhile."""
    token = hashlib.sha256(b"stop-commands" + bytes.fromhex(grade.seed)).hexdigest()[:32]
    yield f"::stop-commands::{token}"
    for check in grade.checks:
        points = f"{check.points} of {check.max_points} points"
        yield _harmless(f"{check.verdict.replace('_', ' ')}  {check.id}  {points}  {visible_line(check.title)}")
        for line in explain(check).splitlines():
            yield _harmless(f"    | {line}")
    yield f"::{token}::"


def _harmless(line: str) -> str:
    """Break the older form of a workflow command, which is obeyed anywhere in a line."""
    return line.replace("##[", "#\\#[")


def _ending(grade: Grade) -> str:
    """Say in one line how it ended."""
    return _harmless(f"{grade.challenge}: {ENDINGS[grade.exit_code]} ({points_line(grade)})")
