"""A grade as Gradescope's `results.json`.

A void grade has no score anywhere, so that Gradescope reports the autograder as failed instead of giving zero points.
A check that was not measured here has no score of its own. The maximum is set in the assignment, not by this file.
"""

from __future__ import annotations

import json
from typing import Any

from grader.reports.explain import ENDINGS, cut, explain, is_void
from grader.reports.text import deciding_reading, points_line, visible_line
from grader.verdict import CheckResult, Grade
from harness.outcomes import Verdict

MOST_CHARS = 20_000
"""Characters of one test's output."""


def render(grade: Grade) -> str:
    """Write a grade as JSON; every text is announced as plain, so that markup stays what it is."""
    return json.dumps(report(grade), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def report(grade: Grade) -> dict[str, Any]:
    """Bring a grade into the shape that Gradescope reads."""
    void = is_void(grade)
    document: dict[str, Any] = {} if void else {"score": grade.points_earned}
    document |= {
        "execution_time": round(grade.wall_s),
        "output": f"{ENDINGS[grade.exit_code]} ({points_line(grade)})\nreplay with --seed {grade.seed}",
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {
            "challenge_digest": grade.challenge_digest,
            "submission_sha256": grade.submission_sha256,
            "seed_commitment": grade.seed_commitment,
            "isolation": grade.isolation,
        },
        "tests": [_test(number, check, void) for number, check in enumerate(grade.checks, start=1)],
    }
    board = [_place(check) for check in grade.checks]
    document["leaderboard"] = [] if void else [place for place in board if place is not None]
    return document


def _test(number: int, check: CheckResult, void: bool) -> dict[str, Any]:
    """Bring one check into the shape of a test."""
    test: dict[str, Any] = {
        "name": visible_line(f"{check.id}: {check.title}"),
        "number": str(number),
        "output": cut(explain(check), MOST_CHARS),
        "tags": [check.lane, check.evidence.value, *(["required"] if check.required else [])],
        "visibility": "visible",
        "extra_data": {"id": check.id, "verdict": check.verdict.value},
    }
    if check.measurable and not void:
        passed = check.verdict is Verdict.PASSED
        test |= {"score": check.points, "max_score": check.max_points, "status": "passed" if passed else "failed"}
    return test


def _place(check: CheckResult) -> dict[str, Any] | None:
    """Give a check with tiers its column on the leaderboard; tiers ascend, so more is better."""
    reading = deciding_reading(check)
    return None if reading is None else {"name": check.id, "value": round(reading.value, 4), "order": "desc"}
