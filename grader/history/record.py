"""A whole grade as one JSON text and back, so that any report can be written again later.

It is the values of `grader.verdict.Grade` by their names. Fields that a later version adds have a default, or an old
record could not be read.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from grader.verdict import Grade

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def to_text(grade: Grade) -> str:
    """Write a grade as JSON."""
    return _adapter().dump_json(grade).decode()


def from_text(text: str) -> Grade:
    """Read a grade again; raises ValueError where the text is none, or tells of one that can't be."""
    return _adapter().validate_json(text)


@functools.cache
def _adapter() -> TypeAdapter[Grade]:
    """Give what converts grades; only this module needs pydantic, and only when a grade is written or read."""
    from pydantic import TypeAdapter  # noqa: PLC0415

    return TypeAdapter(Grade)
