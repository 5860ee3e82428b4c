"""A grade as Classroom 50's `result.json` (`classroom50/result/v1`).

Which classroom, assignment and commit it is about is the runner's knowledge and comes from its environment; owner and
kind of assignment are written in by the runner afterwards, so they are not here. What was not measured here does not
count.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from grader.reports.explain import is_void
from grader.verdict import Grade
from harness.errors import UsageError
from harness.outcomes import Verdict

FROM_RUNNER = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
}
"""Keys of the report by the variable of the runner that holds them."""


def render(grade: Grade) -> str:
    """Write a grade as JSON, with what the runner's environment says."""
    return json.dumps(report(grade, os.environ), indent=2, ensure_ascii=True) + "\n"


def report(grade: Grade, environ: Mapping[str, str]) -> dict[str, Any]:
    """Bring a grade into the shape that Classroom 50 collects.

    Raises:
        UsageError: outside its runner, and for a void grade, which must not be collected as zero points.
    """
    missing = [name for name in FROM_RUNNER.values() if not environ.get(name)]
    if missing:
        raise UsageError(f"--format classroom50 runs inside Classroom 50's runner, which sets {', '.join(missing)}")
    if is_void(grade):
        raise UsageError("--format classroom50: the grade is void, so there is no result to collect; grade again")
    counted = [check for check in grade.checks if check.measurable]
    return {
        "schema": "classroom50/result/v1",
        **{key: environ[name] for key, name in FROM_RUNNER.items()},
        "review": environ.get("REVIEW_URL") or environ["COMMIT_URL"],
        "datetime": grade.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": grade.points_earned,
        "max-score": grade.points_measurable,
        "tests": [
            {
                "test-name": check.id,
                "passed": check.verdict is Verdict.PASSED,
                "score": check.points,
                "max-score": check.max_points,
            }
            for check in counted
        ],
    }
