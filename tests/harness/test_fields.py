"""Tests of the validators: what each lets through, what it refuses, and that it says where."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.fields import (
    MOST_TEXT_CHARACTERS,
    Validator,
    WireError,
    array,
    boolean,
    bounded_text,
    guest_text,
    integer,
    name,
    names,
    optional,
    union,
)

STEERING_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
EMBEDDINGS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@pytest.mark.parametrize("value", [0, 7, 255])
def test_a_whole_number_inside_its_bounds_is_taken(value: int) -> None:
    assert value == integer(0, 255)(value, "size")


@pytest.mark.parametrize("value", [-1, 256, 1.0, True, "1", None, [1], 10**400])
def test_anything_but_a_whole_number_inside_its_bounds_is_refused(value: Any) -> None:
    with pytest.raises(WireError, match=r"^size: expected a whole number from 0 to 255$"):
        integer(0, 255)(value, "size")


@pytest.mark.parametrize("value", [0, 1, "true", None])
def test_only_true_and_false_are_truth_values(value: Any) -> None:
    assert boolean()(True, "written") is True
    with pytest.raises(WireError, match="written"):
        boolean()(value, "written")


@pytest.mark.parametrize(
    ("said", "harmless"),
    [
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[2Jgone", "\\u001b[2Jgone"),
        ("over\rwritten", "over\\u000dwritten"),
        ("nul\x00", "nul\\u0000"),
        ("c1 \x9b", "c1 \\u009b"),
        ("left \u202eright", "left \\u202eright"),
        ("half \ud800", "half \\ud800"),
        ("naïve 数", "naïve 数"),
    ],
)
def test_control_characters_of_a_guest_are_escaped(said: str, harmless: str) -> None:
    assert harmless == guest_text(80)(said, "message")


def test_a_cut_text_says_that_it_is_cut_and_how_long_it_was() -> None:
    assert "abc" == bounded_text("abc", 3)
    assert "abc ... [cut: 4 characters]" == bounded_text("abcd", 3)
    assert "a\\u00 ... [cut: 2 characters]" == bounded_text("a\x1b", 5)


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.characters() | st.sampled_from("\x00\x1b\x7f\x85\u2028\u202e\u2067\ud800\n\t"), max_size=60),
    st.integers(0, 40),
)
def test_a_bounded_text_keeps_its_bound_and_steers_no_terminal(text: str, limit: int) -> None:
    shown = bounded_text(text, limit)
    kept = shown.partition(" ... [cut: ")[0]
    steering = [
        character
        for character in shown.replace("\n", "").replace("\t", "")
        if unicodedata.category(character) in STEERING_CATEGORIES or unicodedata.bidirectional(character) in EMBEDDINGS
    ]

    assert len(kept) <= limit
    assert [] == steering


@pytest.mark.parametrize("value", [None, 3, ["a"], {"a": 1}])
def test_a_text_is_nothing_but_a_text(value: Any) -> None:
    for validator in (guest_text(5), name({"float32"})):
        with pytest.raises(WireError, match="dtype"):
            validator(value, "dtype")


def test_a_name_is_one_of_the_allowed_words() -> None:
    assert "float32" == name({"float32": 4})("float32", "dtype")
    with pytest.raises(WireError, match="dtype"):
        name({"float32": 4})("float33", "dtype")


@pytest.mark.parametrize("value", [True, 3, 0.5, "text", None, "x" * MOST_TEXT_CHARACTERS])
def test_a_scalar_of_one_of_its_types_is_taken_as_it_is(value: Any) -> None:
    assert value is union(bool, int, float, str, type(None))(value, "value")


@pytest.mark.parametrize("value", [[], {}, "x" * (MOST_TEXT_CHARACTERS + 1), True])
def test_a_scalar_of_another_type_or_a_text_without_end_is_refused(value: Any) -> None:
    with pytest.raises(WireError, match="value"):
        union(int, str)(value, "value")


def test_nothing_is_taken_only_where_it_may_be_left_out() -> None:
    assert None is optional(boolean())(None, "driven")
    assert True is optional(boolean())(True, "driven")
    with pytest.raises(WireError, match="driven"):
        optional(boolean())("yes", "driven")


def test_a_fault_inside_a_list_is_told_with_its_place() -> None:
    with pytest.raises(WireError, match=r"^shape\[2\]: "):
        array(integer(0, 9), 5)([1, 2, 10], "shape")


@pytest.mark.parametrize(("validator", "value"), [(array(integer(0, 9), 2), [1, 2, 3]), (names(1), ["a", "b"])])
def test_a_list_that_is_too_long_is_refused(validator: Validator, value: list[Any]) -> None:
    with pytest.raises(WireError, match=rf"^list: {len(value)} items, {len(value) - 1} are allowed$"):
        validator(value, "list")


@pytest.mark.parametrize("value", ["ab", {"0": 1}, None, 3])
def test_only_a_list_is_a_list(value: Any) -> None:
    with pytest.raises(WireError, match="expected a list"):
        array(integer(0, 9), 5)(value, "shape")
