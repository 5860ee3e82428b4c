"""Tests of the words and escapes that reports share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.reports import FORMATS, find_format
from grader.reports.text import bounded, figure, lane_words, points_line, visible, visible_line
from grader.verdict import CheckResult, Grade
from harness.errors import UsageError
from harness.outcomes import Verdict
from harness.readings import Reading, Witness


@given(st.text(alphabet=st.characters()))
def test_no_text_keeps_a_character_that_a_terminal_obeys(text: str) -> None:
    assert [] == [char for char in visible(text) if char != "\n" and not char.isprintable()]
    assert visible_line(text).isprintable()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain é 漢", "plain é 漢"),
        ("a\tb", "a    b"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\rb", "a\\rb"),
        ("\u202e", "\\u202e"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_text_is_shown_as_it_is_and_control_as_an_escape(text: str, expected: str) -> None:
    assert expected == visible(text)


def test_a_text_within_its_bounds_is_whole() -> None:
    assert "a\nb" == bounded("a\nb", 2, 3)


def test_a_text_beyond_its_bounds_says_what_is_gone() -> None:
    assert "a\n[cut here: at least 2 more lines]" == bounded("a\nb\nc", 1, 100)
    assert "abc\n[cut here: at least 7 more characters]" == bounded("abcdefghij", 5, 3)


def test_points_name_the_lane_that_is_missing(passed_grade: Grade) -> None:
    assert "3 of 5 points measurable here; 5 more need a CUDA GPU" == points_line(passed_grade)


def test_points_that_this_run_left_out_do_not_blame_the_machine(make_grade: Callable[..., Grade]) -> None:
    left = CheckResult("a", "a", Verdict.NOT_MEASURED, 0, 4, reason="left out")
    void = CheckResult("b", "b", Verdict.JUDGE_ERROR, 0, 2, reason="ours")

    expected = "0 of 0 points measurable here; 4 more were not measured in this run; 2 more could not be judged"
    assert expected == points_line(make_grade(left, void))


def test_a_grade_of_some_checks_says_so_before_its_points(passed_grade: Grade) -> None:
    told = points_line(replace(passed_grade, only=("exact", "speedup")))

    assert told.startswith("a part of the challenge, exact, speedup; 3 of 5 points measurable here")


def test_points_of_two_lanes_are_told_apart(passed_grade: Grade) -> None:
    gpu = passed_grade.checks[2]
    grade = replace(passed_grade, checks=(*passed_grade.checks, replace(gpu, id="two", lane="cuda:2", max_points=7)))

    assert points_line(grade).endswith("5 more need a CUDA GPU; 7 more need 2 CUDA GPUs")


def test_a_lane_is_told_in_words() -> None:
    assert ["a CPU", "a CUDA GPU", "4 CUDA GPUs"] == [lane_words(lane) for lane in ("cpu", "cuda", "cuda:4")]


def test_a_figure_has_its_unit_and_interval() -> None:
    assert "1.075 x [1.05, 1.09]" == figure(Reading("speedup", 1.0749, "x", Witness.JUDGE, 1.05, 1.09))
    assert "512 MiB" == figure(Reading("peak", 512.0, "MiB", Witness.JUDGE))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_of_the_registry_names_the_checks(
    name: str, passed_grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL"):
        monkeypatch.setenv(variable, "set")
    text = str(find_format(name).render(passed_grade))

    assert "exact" in text
    assert "speedup" in text


def test_an_unknown_format_is_guessed() -> None:
    with pytest.raises(UsageError, match="did you mean 'json'"):
        find_format("jsn")
