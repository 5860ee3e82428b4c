"""What several hidden tests share: random inputs, comparison in float64, and properties told in words."""

from __future__ import annotations

import torch

from harness.compare import refuse_differences
from harness.errors import SubmissionFault
from harness.outcomes import Failure
from harness.readings import Cause
from harness.sandbox.staging import Expected

IGNORE_INDEX = -100


def normal(draw: torch.Generator, *shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Draw normal values."""
    return torch.randn(shape, generator=draw).to(dtype)


def whole(draw: torch.Generator, low: int, high: int, *shape: int) -> torch.Tensor:
    """Draw whole numbers from low to high - 1, int64."""
    return torch.randint(low, high, shape, generator=draw)


def number(draw: torch.Generator, low: int, high: int) -> int:
    """Draw one whole number from low to high - 1."""
    return int(whole(draw, low, high))


def like(tensor: torch.Tensor, dtype: torch.dtype | None = None) -> Expected:
    """Promise a tensor of the same shape, and of the same dtype unless another one is named."""
    return Expected(tuple(tensor.shape), dtype or tensor.dtype)


def scalar(dtype: torch.dtype = torch.float32) -> Expected:
    """Promise a tensor without dimensions."""
    return Expected((), dtype)


def refuse_other(actual: torch.Tensor, expected: torch.Tensor, case: str, share: float = 1e-5) -> None:
    """Refuse what differs from `expected` by more than `share` of its largest element.

    Args:
        actual: what the submission returned.
        expected: same shape.
        case: what was asked, in words; the learner reads it.
        share: 1e-5 leaves room for the order of float32 sums.
    """
    exact = expected.to(torch.float64)
    largest = exact[exact.isfinite()].abs().max().item() if exact.isfinite().any() else 0.0
    refuse_differences(actual, exact, max(share * largest, 1e-30), case)


def refuse_unless(holds: bool | torch.Tensor, message: str) -> None:
    """Refuse a submission that breaks a property, told in words."""
    if not bool(holds):
        raise SubmissionFault(Failure(Cause.VALUES, message))
