"""Says whose fault it is when a guest fails: a trusted guest's is ours, never the learner's."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from harness.errors import JudgeError, SubmissionFault

_Method = TypeVar("_Method", bound=Callable[..., Any])


def blamed_rightly(method: _Method) -> _Method:
    """Turn a fault of a trusted guest into a judge error, for methods of objects that know `is_trusted`."""

    @functools.wraps(method)
    def run(session: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return method(session, *arguments, **options)
        except SubmissionFault as fault:
            if not session.is_trusted:
                raise
            raise JudgeError(f"the baseline's process failed ({fault}); this costs the submission nothing") from fault

    return cast(_Method, run)
