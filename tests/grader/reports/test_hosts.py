"""Tests of the reports that other tools read: golden files, hostile text, bounds, void grades, readers not ours."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import takewhile
from typing import Any
from xml.etree import ElementTree

import junitparser
import pytest
from markdown_it import MarkdownIt

from grader.reports import classroom50, exercism, find_format, github, gradescope, junit, markdown, prairielearn
from grader.verdict import CheckResult, Grade
from harness.errors import UsageError
from harness.outcomes import Failure, Verdict
from harness.readings import Cause

HOSTILE = (
    "::error file=x,line=1::owned\n##[error]owned\n  ::set-output name=a::b\n]]></failure><script>alert(1)</script>\n"
    "```\n</details>![x](https://evil.example/x.png) @everyone\n\x1b[31mred\x00\x07\r::warning::cr\n\ud800"
)
RUNNER = {
    "CLASSROOM": "ml",
    "ASSIGNMENT": "double",
    "SUBMISSION_TAG": "submit/1",
    "COMMIT_URL": "https://example.org/c/1",
    "RELEASE_URL": "https://example.org/r/1",
}


def hostile(grade: Grade, output: str = HOSTILE) -> Grade:
    """Give the grade with hostile text wherever a submission can put some."""
    failure = Failure(Cause.RUNTIME, message=output, expected=output, actual=output, output=output, trace=output)
    first = replace(grade.checks[0], failure=failure, hint=None)
    return replace(grade, checks=(first, *grade.checks[1:]))


def void(grade: Grade) -> Grade:
    """Give the grade with a fault of the judge in its last row."""
    broken = replace(grade.checks[-1], verdict=Verdict.JUDGE_ERROR, reason="the judge fell over")
    return replace(grade, checks=(*grade.checks[:-1], broken))


def controls(text: str) -> list[str]:
    return [char for char in text if char != "\n" and (ord(char) < 32 or 0x7F <= ord(char) < 0xA0)]


@pytest.fixture(autouse=True)
def _in_classroom50(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in RUNNER.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("REVIEW_URL", raising=False)


NAMES = ["html", "junit", "github", "markdown", "gradescope", "classroom50", "prairielearn", "exercism"]
ENDING = {"junit": "xml", "github": "txt", "html": "html", "markdown": "md"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["passed", "failed", "undecided"])
def test_a_grade_reads_as_its_golden_file(
    name: str, kind: str, request: pytest.FixtureRequest, golden: Callable[[str, str], None]
) -> None:
    text = find_format(name).render(request.getfixturevalue(f"{kind}_grade"))

    assert isinstance(text, str)
    golden(f"{name}_{kind}.{ENDING.get(name, 'json')}", text)


@pytest.mark.parametrize("name", NAMES)
def test_no_control_character_reaches_a_report(name: str, failed_grade: Grade) -> None:
    text = find_format(name).render(hostile(failed_grade))

    assert isinstance(text, str)
    assert [] == controls(text)
    assert text.encode("utf-8")


def test_junit_is_read_back_by_its_readers_with_hostile_text_as_text(failed_grade: Grade) -> None:
    text = junit.render(hostile(failed_grade))
    (suite,) = junitparser.JUnitXml.fromstring(text.encode())
    names = {element.tag for element in ElementTree.fromstring(text).iter()}

    assert (3, 1, 0, 2) == (suite.tests, suite.failures, suite.errors, suite.skipped)
    assert "]]></failure><script>alert(1)</script>" in next(iter(suite)).result[0].text
    assert "script" not in names


def test_junit_tells_a_void_check_as_an_error(passed_grade: Grade) -> None:
    (suite,) = junitparser.JUnitXml.fromstring(junit.render(void(passed_grade)).encode())

    assert (0, 1) == (suite.failures, suite.errors)


def commands_obeyed(text: str) -> list[str]:
    """Read a log as GitHub's runner does: lines that it obeys, with commands stopped and resumed by a token."""
    obeyed, token = [], None
    for line in re.split(r"\r\n|\r|\n", text):
        found = re.match(r"\s*::([^:\s]+)(?: [^:]*(?::(?!:)[^:]*)*)?::", line)
        if token is not None:
            token = None if found and found[1] == token else token
        elif found and found[1] == "stop-commands":
            token = line.strip().removeprefix("::stop-commands::")
        elif found or "##[" in line:
            obeyed.append(line)
    return obeyed


def test_github_obeys_our_annotations_and_nothing_of_a_submission(failed_grade: Grade) -> None:
    text = github.render(hostile(failed_grade))

    assert ["::error", "::notice", "::notice"] == [line.split()[0] for line in commands_obeyed(text)]
    assert [] == [line for line in text.splitlines() if "##[" in line]


def test_github_would_obey_that_text_were_it_not_harmless(failed_grade: Grade) -> None:
    assert 4 == len(commands_obeyed(HOSTILE))


def test_the_token_that_resumes_commands_is_no_text_of_a_submission(failed_grade: Grade) -> None:
    text = github.render(failed_grade)
    token = re.search("::stop-commands::([0-9a-f]{32})\n", text)

    assert token is not None
    assert 1 == text.count(f"::{token[1]}::\n")
    assert token[1] not in failed_grade.seed + failed_grade.seed_commitment


def test_github_points_at_the_submissions_own_line(failed_grade: Grade) -> None:
    assert "::error file=double.py,line=3,title=double/exact%3A failed::values%3A" not in github.render(failed_grade)
    assert "::error file=double.py,line=3,title=double/exact%3A failed::values: " in github.render(failed_grade)


def test_github_shows_ten_of_a_kind_and_says_what_it_left_out(passed_grade: Grade) -> None:
    gpu = passed_grade.checks[-1]
    many = replace(passed_grade, checks=tuple(replace(gpu, id=f"gpu-{number}") for number in range(25)))
    lines = [*takewhile(lambda line: line.startswith("::notice"), github.render(many).splitlines())]

    assert 10 == len(lines)
    assert "gpu-9, gpu-10" in lines[-1]
    assert "gpu-24" in lines[-1]


def test_markdown_renders_hostile_text_as_text(failed_grade: Grade) -> None:
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown.render(hostile(failed_grade)))

    assert "<script" not in html
    assert "<img" not in html
    assert "evil.example/x.png) @everyone" in html
    assert html.count("<details>") == html.count("</details>")


def test_a_title_cannot_break_the_table_of_markdown(passed_grade: Grade) -> None:
    nasty = replace(passed_grade.checks[0], title="a | b `c` <b>bold</b>")
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(
        markdown.render(replace(passed_grade, checks=(nasty, *passed_grade.checks[1:])))
    )  # fmt: skip

    assert 3 * 5 == html.count("<td")
    assert "<b>" not in html


def many_failures(grade: Grade, count: int, size: int) -> Grade:
    """Give a grade of many checks that failed with much output."""
    noisy = hostile(grade, "x`" * size).checks[0]
    return replace(grade, checks=tuple(replace(noisy, id=f"check-{number}") for number in range(count)))


def test_markdown_keeps_within_a_comment_and_names_what_it_cut(failed_grade: Grade) -> None:
    text = markdown.render(many_failures(failed_grade, 150, 4000))

    assert len(text) <= markdown.MOST_CHARS
    assert "Cut here: the explanations of check-" in text
    assert "check-149 did not fit" in text


def test_prairielearn_keeps_within_a_megabyte_and_says_that_it_cut(failed_grade: Grade) -> None:
    text = prairielearn.render(many_failures(failed_grade, 200, 4000))

    assert len(text) < prairielearn.MOST_BYTES
    assert "[cut here" in json.loads(text)["tests"][0]["output"]


def test_exercism_keeps_its_bounds(failed_grade: Grade) -> None:
    document = exercism.report(many_failures(failed_grade, 2, 100_000))

    assert [500, 500] == [len(test["output"]) for test in document["tests"]]
    assert all(len(test["message"]) <= exercism.MOST_MESSAGE_CHARS for test in document["tests"])


def test_a_void_grade_is_nobodys_zero(passed_grade: Grade) -> None:
    broken = void(passed_grade)

    assert "score" not in gradescope.report(broken)
    assert [] == [test for test in gradescope.report(broken)["tests"] if "score" in test]
    assert prairielearn.report(broken)["gradable"] is False
    assert "error" == exercism.report(broken)["status"]
    with pytest.raises(UsageError, match="void"):
        classroom50.report(broken, RUNNER)


def test_classroom50_adds_up_and_says_what_the_runner_must_set(passed_grade: Grade) -> None:
    document = classroom50.report(passed_grade, RUNNER)

    assert document["score"] == sum(test["score"] for test in document["tests"])
    assert document["max-score"] == sum(test["max-score"] for test in document["tests"])
    assert RUNNER["COMMIT_URL"] == document["review"]
    with pytest.raises(UsageError, match="ASSIGNMENT, RELEASE_URL"):
        classroom50.report(passed_grade, dict.fromkeys(("CLASSROOM", "SUBMISSION_TAG", "COMMIT_URL"), "x"))


def test_exercism_calls_a_submission_that_does_not_load_an_error(failed_grade: Grade) -> None:
    unloaded = replace(failed_grade.checks[0], failure=Failure(Cause.SYNTAX, "line 1: invalid syntax"))
    document = exercism.report(replace(failed_grade, checks=(unloaded, *failed_grade.checks[1:])))

    assert "error" == document["status"]
    assert document["message"].startswith("syntax: line 1: invalid syntax")


def test_scores_are_shares_of_what_was_measured(passed_grade: Grade) -> None:
    scored = [test for test in gradescope.report(passed_grade)["tests"] if "score" in test]

    assert passed_grade.points_earned / passed_grade.points_measurable == prairielearn.report(passed_grade)["score"]
    assert passed_grade.points_earned == sum(test["score"] for test in scored)
    assert [{"name": "speedup", "value": 2.4, "order": "desc"}] == gradescope.report(passed_grade)["leaderboard"]


@pytest.mark.parametrize("check", [0, 1, 2])
def test_prairielearn_has_points_on_every_test(passed_grade: Grade, failed_grade: Grade, check: int) -> None:
    tests: list[dict[str, Any]] = []
    checks: tuple[CheckResult, ...] = (passed_grade.checks[check], failed_grade.checks[0])
    named = tuple(replace(one, id=f"c{number}") for number, one in enumerate(checks))
    tests = prairielearn.report(replace(passed_grade, checks=named))["tests"]

    assert all({"points", "max_points"} <= set(test) for test in tests)
