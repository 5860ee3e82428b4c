"""A grade as one HTML page that needs nothing else: no script, no address, no font; charts are drawn into it.

Text of any origin is escaped by jinja2, and its control characters are written as escapes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from grader.advice import ADVICE
from grader.reports.charts import points_chart, samples_chart, series_chart
from grader.reports.explain import ENDINGS, printed, traceback_of
from grader.reports.text import figure, points_line, visible
from grader.verdict import CheckResult, Grade

TEMPLATES = Path(__file__).with_name("templates")

LEAST_SAMPLES = 2
"""A reading of fewer samples is a figure, not a chart."""

MOST_ROWS = 300
"""Rows of a finding that are shown; the JSON report has them all."""


def render(grade: Grade) -> str:
    """Write a grade as a page in UTF-8."""
    environment = page_environment(TEMPLATES)
    environment.filters["figure"] = figure
    return environment.get_template("report.html.j2").render(
        grade=grade,
        ending=ENDINGS[grade.exit_code],
        points=points_line(grade),
        points_chart=points_chart(grade),
        checks=[_check(check) for check in grade.checks],
        most_rows=MOST_ROWS,
    )


def page_environment(templates: Path) -> jinja2.Environment:
    """Give the environment of every page: text of any origin is made harmless, a name that is not there is a fault."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, finalize=_harmless,
    )  # fmt: skip


def _harmless(value: Any) -> Any:
    """Write control characters of a text as escapes, before it is escaped for HTML; markup of ours stays as it is."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value)


def _check(check: CheckResult) -> dict[str, Any]:
    """Bring one check into the shape that the template shows."""
    failure = check.failure
    return {
        "row": check,
        "advice": ADVICE[failure.cause] if failure else None,
        "printed": printed(failure),
        "trace": traceback_of(failure) if failure else "",
        "charts": [
            (reading, samples_chart(check, reading))
            for reading in check.readings
            if len(reading.samples) >= LEAST_SAMPLES
        ],
        "findings": [(finding, series_chart(finding) if finding.is_series else "") for finding in check.findings],
    }
