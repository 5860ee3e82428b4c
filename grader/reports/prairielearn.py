"""A grade as the `results.json` of a PrairieLearn external grader, within its 1 MB.

A void grade is not `gradable`, which costs a learner no attempt. Checks that were not measured here have no points and
go into the message: PrairieLearn shows points for every test or for none.
"""

from __future__ import annotations

import json
from typing import Any

from grader.reports.explain import ENDINGS, cut, explain, is_void
from grader.reports.text import points_line, visible, visible_line
from grader.verdict import CheckResult, Grade

MOST_BYTES = 1_000_000
"""Size of the whole file."""

_SIZES = (20_000, 4_000, 400, 40)
"""Characters of one test's output, tried in turn until the file fits."""


def render(grade: Grade) -> str:
    """Write a grade as JSON; cuts texts, and says so, until it fits."""
    for most_chars in _SIZES:
        text = json.dumps(report(grade, most_chars), ensure_ascii=True, allow_nan=False) + "\n"
        if len(text) < MOST_BYTES:
            break
    return text


def report(grade: Grade, most_chars: int = _SIZES[0]) -> dict[str, Any]:
    """Bring a grade into the shape that PrairieLearn reads."""
    head = f"{ENDINGS[grade.exit_code]} ({points_line(grade)})"
    if is_void(grade):
        reasons = [visible(check.reason or "") for check in grade.checks if not check.measurable]
        return {"gradable": False, "message": head, "format_errors": [cut(text, most_chars) for text in reasons]}
    left_out = [check.id for check in grade.checks if not check.measurable]
    measurable = grade.points_measurable
    return {
        "gradable": True,
        "score": grade.points_earned / measurable if measurable else 0.0,
        "message": f"{head}\nnot measured here: {', '.join(left_out)}" if left_out else head,
        "output": f"replay with --seed {grade.seed}",
        "images": [],
        "tests": [_test(check, most_chars) for check in grade.checks if check.measurable],
    }


def _test(check: CheckResult, most_chars: int) -> dict[str, Any]:
    """Bring one check into the shape of a test."""
    return {
        "name": check.id,
        "description": visible_line(check.title),
        "points": check.points,
        "max_points": check.max_points,
        "message": check.verdict.replace("_", " "),
        "output": cut(explain(check), most_chars),
        "images": [],
    }
