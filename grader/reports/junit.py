"""A grade as JUnit XML (the xunit2 family), which most build servers show as a table of tests.

A void check is an `error`, a failed one a `failure`, one that was not run or not decided `skipped` with its reason.
"""

from __future__ import annotations

from xml.etree import ElementTree

import junitparser

from grader.reports.explain import explain, outline, printed, traceback_of
from grader.reports.text import points_line, visible
from grader.verdict import VOID, CheckResult, Grade
from harness.outcomes import Verdict


def render(grade: Grade) -> str:
    """Write a grade as JUnit XML in UTF-8; characters that XML lacks are written as escapes."""
    suite = junitparser.TestSuite(grade.challenge)
    suite.timestamp = grade.started.strftime("%Y-%m-%dT%H:%M:%S")
    # Whose machine it was is nobody's business; what it was is a property below.
    suite.hostname = "localhost"
    for name, value in _properties(grade):
        suite.add_property(name, visible(value))
    suite.add_testcases([_case(grade, check) for check in grade.checks])
    report = junitparser.JUnitXml("grade")
    report.add_testsuite(suite)
    report.update_statistics()  # type: ignore[no-untyped-call]
    root = ElementTree.fromstring(report.tostring())  # type: ignore[no-untyped-call]
    # Jenkins' schema of xunit2 knows `skipped` on a suite alone.
    root.attrib.pop("skipped", None)
    for element in (root, *root.iter("testsuite")):
        element.set("time", f"{grade.wall_s:.3f}")
    ElementTree.indent(root)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ElementTree.tostring(root, encoding='unicode')}\n"


def _properties(grade: Grade) -> list[tuple[str, str]]:
    """Name what the whole grade says."""
    return [
        ("points", points_line(grade)),
        ("passed", str(grade.passed).lower()),
        ("submission.sha256", grade.submission_sha256),
        ("challenge.digest", grade.challenge_digest),
        ("machine.cpu", grade.machine.cpu),
        ("machine.gpu", ", ".join(grade.machine.gpus) or "none"),
        ("isolation", grade.isolation),
        ("seed", grade.seed),
        ("seed_commitment", grade.seed_commitment),
    ]


def _case(grade: Grade, check: CheckResult) -> junitparser.TestCase:
    """Bring one check into the shape of a test case."""
    case = junitparser.TestCase(check.id, classname=grade.challenge, time=round(check.wall_s, 3))
    result = _result(check)
    if result is not None:
        case.result = [result]
    said = f"{visible(check.title)}\n{check.points} of {check.max_points} points, {check.lane}, {check.evidence}"
    case.system_out = "\n".join(filter(None, [said, explain(check) if result is None else ""]))
    if check.failure is not None and (check.failure.output or check.failure.trace):
        case.system_err = "\n".join(filter(None, [traceback_of(check.failure), printed(check.failure)]))
    return case


def _result(check: CheckResult) -> junitparser.Failure | junitparser.Error | junitparser.Skipped | None:
    """Say how a check ended in the words of JUnit; a passed test says nothing."""
    if check.verdict is Verdict.PASSED:
        return None
    if check.failure is not None:
        found = junitparser.Failure(outline(check), check.failure.cause.value)
        found.text = explain(check)
        return found
    if check.verdict in VOID:
        return junitparser.Error(outline(check), check.verdict.value)
    return junitparser.Skipped(f"{check.verdict.replace('_', ' ')}: {outline(check)}")
