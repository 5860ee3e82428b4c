"""Reports: one format, one file, one function from a grade to text or bytes; this is their registry."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from grader.guess import did_you_mean
from grader.verdict import Grade
from harness.errors import UsageError


@dataclass(frozen=True, slots=True)
class Format:
    """One format that `--format` knows.

    Attributes:
        module: where its function `render` is; imported when the format is asked for.
        summary: what it is for, in one line.
        for_host: whether it is read by a host that grades for others, which trusts no submission.
    """

    module: str
    summary: str
    for_host: bool = False

    def render(self, grade: Grade) -> str | bytes:
        """Write a grade in this format."""
        function = cast("Callable[[Grade], str | bytes]", importlib.import_module(self.module).render)
        return function(grade)


FORMATS = {
    "terminal": Format("grader.reports.terminal", "plain text for people"),
    "json": Format("grader.reports.json_v1", "superfast/grade/v1"),
    "junit": Format("grader.reports.junit", "JUnit XML for build servers", for_host=True),
    "github": Format("grader.reports.github", "annotations in the log of a GitHub workflow", for_host=True),
    "markdown": Format("grader.reports.markdown", "a comment on a pull request, or a step's summary"),
    "html": Format("grader.reports.html", "a page of its own, with charts"),
    "gradescope": Format("grader.reports.gradescope", "results.json of Gradescope", for_host=True),
    "classroom50": Format("grader.reports.classroom50", "classroom50/result/v1", for_host=True),
    "prairielearn": Format("grader.reports.prairielearn", "results.json of PrairieLearn", for_host=True),
    "exercism": Format("grader.reports.exercism", "results.json of an Exercism test runner", for_host=True),
}
"""Every format by its name."""


def find_format(name: str) -> Format:
    """Find a format by its name; raises UsageError, with a guess, when there is none."""
    if name not in FORMATS:
        raise UsageError(
            f"no format is called {name!r}{did_you_mean(name, list(FORMATS))}; there are {', '.join(FORMATS)}"
        )
    return FORMATS[name]
