"""Tests of the words for each cause: none is left out, and none is a shrug."""

from __future__ import annotations

from grader.advice import ADVICE, BEFORE_THE_TASK
from harness.readings import Cause


def test_every_cause_has_words_of_its_own() -> None:
    assert set(Cause) == set(ADVICE)
    assert len(ADVICE) == len(set(ADVICE.values()))


def test_every_advice_is_a_sentence_that_fits_below_a_message() -> None:
    assert [] == [cause for cause, words in ADVICE.items() if not words.endswith(".") or not 40 < len(words) < 240]


def test_a_wrong_number_is_about_the_task_and_a_syntax_error_is_not() -> None:
    assert Cause.SYNTAX in BEFORE_THE_TASK
    assert Cause.VALUES not in BEFORE_THE_TASK
