"""A grade as GitHub's Markdown: for a comment on a pull request, or for the summary of a workflow's step.

Text of any origin goes into code, in a fence or a span longer than any run of backticks in it, so that no markup, link,
image, mention or HTML of a submission takes effect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.reports.explain import ENDINGS, explain
from grader.reports.text import deciding_reading, figure, points_line, visible, visible_line
from grader.verdict import CheckResult, Grade
from harness.outcomes import Verdict

MOST_CHARS = 60_000
"""Length of the whole text; a comment on GitHub may have 65536 characters, a summary a megabyte."""

_MARKS = {
    Verdict.PASSED: "✅",
    Verdict.FAILED: "❌",
    Verdict.UNDECIDED: "❔",
    Verdict.NOT_MEASURED: "🚫",
    Verdict.SKIPPED: "⏭️",
    Verdict.JUDGE_ERROR: "⚠️",
    Verdict.MANIFEST_ERROR: "⚠️",
}


def render(grade: Grade) -> str:
    """Write a grade as Markdown; explanations that don't fit are left out, and the end says which."""
    ending = _ending(grade)
    # Room for the remark on what was left out, which names every check: 64 characters an id at most.
    room = MOST_CHARS - len(ending) - 68 * len(grade.checks) - 200
    text = "\n".join(_head(grade)) + "\n"
    left_out = []
    for check in grade.checks:
        part = _explanation(check)
        if len(text) + len(part) > room:
            left_out.append(check.id)
        else:
            text += part
    if left_out:
        text += f"\nCut here: the explanations of {', '.join(left_out)} did not fit.\n"
    return text + ending


def code(text: str) -> str:
    """Write one line as code that nothing in it can end."""
    line = visible_line(text).replace("|", "\\|")
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}" if line else ""


def fence(text: str) -> str:
    """Write lines as a block of code that nothing in it can end."""
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{ticks}text\n{visible(text)}\n{ticks}\n"


def _head(grade: Grade) -> Iterator[str]:
    """Give the heading and the table of checks."""
    yield f"## {code(grade.challenge)}: {ENDINGS[grade.exit_code]}"
    yield ""
    yield f"{points_line(grade)}; a pass takes {100 * grade.pass_mark:g} %."
    yield ""
    yield "| verdict | check | points | lane | figure [95 %] |"
    yield "| --- | --- | ---: | --- | --- |"
    for check in grade.checks:
        reading = deciding_reading(check)
        verdict = f"{_MARKS[check.verdict]} {check.verdict.replace('_', ' ')}"
        name = f"{code(check.id)}{' (required)' if check.required else ''} {code(check.title)}"
        shown = code(figure(reading)) if reading else ""
        yield f"| {verdict} | {name} | {check.points} of {check.max_points} | {code(check.lane)} | {shown} |"


def _explanation(check: CheckResult) -> str:
    """Give what is told of a check that did not pass, folded away."""
    if check.verdict is Verdict.PASSED:
        return ""
    told = fence(explain(check))
    return f"\n<details><summary>{check.id}: {check.verdict.replace('_', ' ')}</summary>\n\n{told}\n</details>\n"


def _ending(grade: Grade) -> str:
    """Say on what it ran and how to play it again."""
    machine = grade.machine
    where = f"{machine.cpu}; {', '.join(machine.gpus) or 'no GPU'}; torch {machine.torch}; isolation {grade.isolation}"
    submission, seed = code(grade.submission_sha256[:12]), code(f"--seed {grade.seed}")
    return f"\n{code(where)}, submission {submission}, replay with {seed}\n"
