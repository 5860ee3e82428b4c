"""Compares weights bit by bit, and tells a difference in units of the last place."""

from __future__ import annotations

import torch

from harness.errors import SubmissionFault
from harness.outcomes import Failure
from harness.readings import Cause


def refuse_other_bits(actual: torch.Tensor, expected: torch.Tensor, case: str) -> None:
    """Refuse weights that are not bit-equal; -0.0 equals 0.0, and a NaN stands where a NaN should.

    Raises:
        SubmissionFault: cause `nan` for special values in the wrong places, else `values` with the worst distance.
    """
    same = (actual == expected) | (actual.isnan() & expected.isnan())
    if bool(same.all()):
        return
    index = tuple(int(place) for place in (~same).nonzero()[0])
    special = ~(actual.isfinite() & expected.isfinite()) & ~same
    cause = Cause.NAN if bool(special.any()) else Cause.VALUES
    share = 1 - float(same.double().mean())
    far = "" if cause is Cause.NAN else f", the worst by {int(distances(actual, expected).max())} ulps"
    message = f"{share:.3%} of the weights are not bit-equal{far}"
    raise SubmissionFault(
        Failure(cause, message, f"{expected[index].item():.9g}", f"{actual[index].item():.9g}", index, case)
    )


def distances(actual: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
    """Give how many representable numbers lie between each pair; for dtypes of 16 bits."""
    return (_ordered(actual) - _ordered(expected)).abs()


def _ordered(values: torch.Tensor) -> torch.Tensor:
    """Map the bits of floats to whole numbers in the floats' own order."""
    bits = values.contiguous().view(torch.int16).int()
    return torch.where(bits < 0, -(bits & 0x7FFF), bits)
