"""Tests of the report for people: golden files, and what must never reach a terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rich.text import Text

from grader.reports.terminal import Style, render
from grader.verdict import Grade


def test_a_passed_grade_reads_as_its_golden_file(passed_grade: Grade, golden: Callable[[str, str], None]) -> None:
    golden("terminal_passed.txt", render(passed_grade, Style(times=True)))


def test_a_failed_grade_reads_as_its_golden_file(failed_grade: Grade, golden: Callable[[str, str], None]) -> None:
    golden("terminal_failed.txt", render(failed_grade))


def test_an_undecided_grade_reads_as_its_golden_file(
    undecided_grade: Grade, golden: Callable[[str, str], None]
) -> None:
    golden("terminal_undecided.txt", render(undecided_grade))


def test_a_submission_cannot_send_a_control_character_to_the_terminal(failed_grade: Grade) -> None:
    text = render(failed_grade)

    assert [] == [char for char in text if char != "\n" and not char.isprintable()]
    assert "hello\\x1b[2J\\x07\\u202egnp.exe\\r" in text


def test_markup_in_a_message_is_shown_and_not_obeyed(failed_grade: Grade) -> None:
    text = render(failed_grade, Style(colour=True))

    assert "[bold]not[/bold] markup" in text


def test_output_that_is_cut_says_so(failed_grade: Grade) -> None:
    text = render(failed_grade)

    assert "line 38" in text
    assert "line 39" not in text
    assert "[cut here: at least 21 more lines]" in text


def test_colour_adds_nothing_but_colour(passed_grade: Grade) -> None:
    coloured = render(passed_grade, Style(colour=True))

    assert "\x1b[" in coloured
    plain = "\n".join(line.rstrip() for line in Text.from_ansi(coloured).plain.splitlines())
    assert render(passed_grade).rstrip("\n") == plain.rstrip("\n")


def test_the_times_are_shown_only_when_asked_for(passed_grade: Grade) -> None:
    assert "where the time went" not in render(passed_grade)
    assert "where the time went" in render(passed_grade, Style(times=True))


def test_no_line_is_wider_than_the_terminal(failed_grade: Grade) -> None:
    lines = render(failed_grade, Style(width=60)).splitlines()

    assert [] == [line for line in lines if len(line) > 60]


def test_checks_that_share_a_reason_share_a_line(passed_grade: Grade) -> None:
    gpu = passed_grade.checks[2]
    text = render(replace(passed_grade, checks=(*passed_grade.checks, replace(gpu, id="gpu-again"))))

    assert "gpu, gpu-again not measured: this machine has no lane cuda\n" in text


def test_a_part_shows_what_was_asked_for_alone(passed_grade: Grade) -> None:
    text = render(replace(passed_grade, only=("exact", "speedup")))

    assert "a part of the challenge, exact, speedup" in text
    assert "gpu" not in text.replace("no GPU", "")
