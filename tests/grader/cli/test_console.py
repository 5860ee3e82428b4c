"""Tests of what commands share of the terminal."""

from __future__ import annotations

import io
import sys

import pytest

from grader.cli.console import wants_colour, write_data


@pytest.mark.parametrize(
    ("environ", "isatty", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": ""}, False, False),
    ],
)
def test_no_color_outranks_force_color_outranks_the_terminal(
    environ: dict[str, str], isatty: bool, expected: bool
) -> None:
    assert expected == wants_colour(environ, isatty)


def test_a_terminal_that_lacks_a_character_gets_a_question_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    write_data("caf\u00e9 ")
    write_data(b"\x00\xff")

    assert b"caf? \x00\xff" == raw.getvalue()
