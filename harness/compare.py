"""Compares a returned tensor with what it should be; a difference is told by its first element alone."""

from __future__ import annotations

import torch

from harness.errors import SubmissionFault
from harness.outcomes import Failure
from harness.readings import Cause


def refuse_differences(actual: torch.Tensor, expected: torch.Tensor, bound: torch.Tensor | float, case: str) -> None:
    """Refuse elements further than `bound` from `expected`, and NaN or Inf that stand elsewhere.

    Args:
        actual: what the submission returned, any shape, any floating dtype.
        expected: same shape, float64.
        bound: allowed absolute difference, broadcast to that shape; 0 asks for equality (`-0.0` equals `0.0`).
        case: the shapes of the case, as text.

    Raises:
        SubmissionFault: cause `nan` where a special value is missing or extra, else `values`.
    """
    got = actual.to(torch.float64)
    special = ~expected.isfinite()
    wrong_special = (got.isfinite() == special) | (special & ~_same_special(got, expected))
    if wrong_special.any():
        _refuse(
            Cause.NAN, "NaN and Inf must stand where they should, and nowhere else", got, expected, wrong_special, case
        )
    limit = torch.as_tensor(bound, dtype=torch.float64).expand_as(got)
    # Said this way round, a bound that is NaN lets nothing pass.
    off = ~special & ~((got - expected).abs() <= limit)
    if off.any():
        worst = ((got - expected).abs()[off] / limit[off].clamp_min(1e-300)).max().item()
        times = (
            ""
            if worst > 1e12
            else f"; the worst of {int(off.sum())} wrong elements is {worst:.3g} times over its bound"
        )
        _refuse(Cause.VALUES, f"values are further from the exact result than allowed{times}", got, expected, off, case)


def _same_special(got: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
    return (got.isnan() & expected.isnan()) | (got == expected)


def _refuse(
    cause: Cause, message: str, got: torch.Tensor, expected: torch.Tensor, wrong: torch.Tensor, case: str
) -> None:  # fmt: skip
    index = tuple(int(place) for place in wrong.nonzero()[0])
    failure = Failure(cause, message, f"{expected[index].item():.9g}", f"{got[index].item():.9g}", index, case)
    raise SubmissionFault(failure)
