"""Is the product its own work: no operator that multiplies matrices, no time in a library that does?"""

from __future__ import annotations

from collections.abc import Callable

import cases
import pytest
import torch

from harness.errors import SubmissionFault
from harness.operators import forbidden_operators
from harness.outcomes import Failure
from harness.plugin.candidate import Submission
from harness.readings import Cause
from harness.sandbox.session import Expected

WATCHED_SIZES = (64, 256, 1024)
"""Cubes to watch: three loops are busy with the smallest, good code only with the largest."""


@pytest.mark.check("own-work")
def test_the_dispatcher_sees_no_library_product(submission: Submission, draw: torch.Generator) -> None:
    """Small, ragged and empty shapes too: a fall-back on the library hides where it is least expected."""
    for shape in ((1, 7, 1), (17, 19, 23), (64, 64, 64), (3, 0, 5), cases.undisclosed(draw)):
        a, b = cases.operands(draw, shape)
        seen = submission.operators([(a, b)], Expected((shape[0], shape[2]), torch.float32))
        forbidden = forbidden_operators(seen)
        if forbidden:
            message = (
                f"the product is made by {', '.join(forbidden)}: write it yourself from element-wise operations, sums "
                "and copies, or in C++, numba or Triton"
            )
            raise SubmissionFault(Failure(Cause.FORBIDDEN, message, shape=str(shape)))


@pytest.mark.check("own-work")
def test_the_time_passes_in_code_of_its_own(library_share: Callable[..., float], draw: torch.Generator) -> None:
    """Program counters tell, whatever door was used."""
    library_share(
        ((cases.operands(draw, (size, size, size)), [Expected((size, size), torch.float32)]) for size in WATCHED_SIZES),
        cases.FORBIDDEN_ROUTINES,
    )
