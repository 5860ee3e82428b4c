"""Validators for the fields of a message: each takes a JSON value and gives a bounded value or raises `WireError`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Container
from typing import Any

Validator = Callable[[Any, str], Any]
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class WireError(ValueError):
    """A message breaks the protocol; the text names the field and the bound."""


def integer(low: int, high: int) -> Validator:
    """Give a validator of whole numbers from `low` to `high`, both included; a truth value is no number."""

    def check(value: Any, path: str) -> int:
        if type(value) is not int or not low <= value <= high:
            raise WireError(f"{path}: expected a whole number from {low} to {high}")
        return value

    return check


def boolean() -> Validator:
    """Give a validator of truth values."""

    def check(value: Any, path: str) -> bool:
        if type(value) is not bool:
            raise WireError(f"{path}: expected true or false")
        return value

    return check


def guest_text(limit: int) -> Validator:
    """Give a validator of text that bounds it to `limit` characters and escapes its control characters."""

    def check(value: Any, path: str) -> str:
        if type(value) is not str:
            raise WireError(f"{path}: expected a text")
        return bounded_text(value, limit)

    return check


def bounded_text(text: str, limit: int) -> str:
    """Make text of a guest harmless: control characters but new line and tab escaped, cut with a word that says so."""
    escaped = _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text[: limit + 1])
    if len(text) <= limit and len(escaped) <= limit:
        return escaped
    return escaped[:limit] + f" ... [cut: {len(text)} characters]"


def name(allowed: Container[str]) -> Validator:
    """Give a validator of one of the allowed words."""

    def check(value: Any, path: str) -> str:
        if type(value) is not str or value not in allowed:
            raise WireError(f"{path}: not one of the allowed words")
        return value

    return check


def names(most: int) -> Validator:
    """Give a validator of a list of at most `most` short texts."""
    return array(guest_text(255), most)


def optional(inner: Validator) -> Validator:
    """Give a validator of nothing, or of what `inner` takes."""

    def check(value: Any, path: str) -> Any:
        return None if value is None else inner(value, path)

    return check


MOST_TEXT_CHARACTERS = 1 << 16
"""Length of a text among a call's arguments: long enough for a page of source that a hidden test has drawn."""


def union(*types: type) -> Validator:
    """Give a validator of a scalar of exactly one of the types; a text is at most `MOST_TEXT_CHARACTERS` long."""

    def check(value: Any, path: str) -> Any:
        if type(value) not in types:
            raise WireError(f"{path}: expected one of {', '.join(kind.__name__ for kind in types)}")
        if isinstance(value, float) and not math.isfinite(value):
            raise WireError(f"{path}: not a finite number")
        if isinstance(value, str) and len(value) > MOST_TEXT_CHARACTERS:
            raise WireError(f"{path}: a text of more than {MOST_TEXT_CHARACTERS} characters")
        return value

    return check


def array(item: Validator, most: int) -> Validator:
    """Give a validator of a list of at most `most` items, each valid for `item`."""

    def check(value: Any, path: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise WireError(f"{path}: expected a list")
        if len(value) > most:
            raise WireError(f"{path}: {len(value)} items, {most} are allowed")
        return tuple(item(element, f"{path}[{index}]") for index, element in enumerate(value))

    return check


def record(*kinds: Any) -> Validator:
    """Give a validator of an object with exactly the fields of one of the message parts (each with its `SPEC`)."""

    def check(value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise WireError(f"{path}: expected an object")
        for kind in kinds:
            if value.keys() == kind.SPEC.keys():
                return kind(**{key: kind.SPEC[key](value[key], f"{path}.{key}") for key in kind.SPEC})
        raise WireError(f"{path}: its fields fit none of {', '.join(kind.__name__ for kind in kinds)}")

    return check
