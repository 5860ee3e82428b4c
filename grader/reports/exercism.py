"""A grade as the `results.json` of an Exercism test runner, version 3.

It knows neither skipped nor unmeasured tests: a skipped check failed for want of another one, an unmeasured one is left
out. A void grade is an `error`, and so is a submission that could not even be loaded.
"""

from __future__ import annotations

import json
from typing import Any

from grader.reports.explain import ENDINGS, cut, explain, is_void, outline, printed
from grader.reports.text import visible_line
from grader.verdict import CheckResult, Grade
from harness.outcomes import Verdict
from harness.readings import Cause

MOST_MESSAGE_CHARS = 65_535
MOST_OUTPUT_CHARS = 500

_NOT_LOADED = frozenset({Cause.SYNTAX, Cause.IMPORT})


def render(grade: Grade) -> str:
    """Write a grade as JSON."""
    return json.dumps(report(grade), indent=2, ensure_ascii=True) + "\n"


def report(grade: Grade) -> dict[str, Any]:
    """Bring a grade into the shape that Exercism reads."""
    failed = [check for check in grade.checks if check.failure is not None]
    unloaded = [check for check in failed if check.failure and check.failure.cause in _NOT_LOADED]
    if is_void(grade):
        faults = [outline(check) for check in grade.checks if check.reason and not check.measurable]
        return _error("\n".join([ENDINGS[grade.exit_code], *faults]))
    if unloaded and len(unloaded) == len(failed) and not grade.points_earned:
        return _error(explain(unloaded[0]))
    return {
        "version": 3,
        "status": "pass" if grade.passed else "fail",
        "tests": [_test(number, check) for number, check in enumerate(grade.checks, start=1) if check.measurable],
    }


def _error(message: str) -> dict[str, Any]:
    """Say that there was nothing to test."""
    return {"version": 3, "status": "error", "message": cut(message, MOST_MESSAGE_CHARS), "tests": []}


def _test(number: int, check: CheckResult) -> dict[str, Any]:
    """Bring one check into the shape of a test; its code is hidden, so its title stands for it."""
    passed = check.verdict is Verdict.PASSED
    test: dict[str, Any] = {
        "name": check.id,
        "test_code": visible_line(check.title),
        "status": "pass" if passed else "fail",
        "task_id": number,
    }
    if not passed:
        test["message"] = cut(explain(check), MOST_MESSAGE_CHARS)
    output = printed(check.failure)
    if output:
        test["output"] = cut(output, MOST_OUTPUT_CHARS)
    return test
