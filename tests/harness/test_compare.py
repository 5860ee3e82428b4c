"""Tests of the comparison of tensors: what passes, what fails, and what a learner is told of the first difference."""

from __future__ import annotations

import math

import pytest
import torch

from harness.compare import refuse_differences
from harness.errors import SubmissionFault
from harness.outcomes import Failure
from harness.readings import Cause

NAN, INF = math.nan, math.inf


def failure_of(actual: list[float], expected: list[float], bound: torch.Tensor | float = 0.0) -> Failure:
    with pytest.raises(SubmissionFault) as fault:
        refuse_differences(torch.tensor(actual), torch.tensor(expected).double(), bound, "case")
    return fault.value.failure


@pytest.mark.parametrize(
    ("actual", "expected", "bound"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([1.5, 2.0], [1.0, 2.5], 0.5),
        ([-0.0], [0.0], 0.0),
        ([NAN, INF, -INF, 3.0], [NAN, INF, -INF, 3.0], 0.0),
        ([], [], 0.0),
    ],
)
def test_what_lies_within_its_bound_passes(actual: list[float], expected: list[float], bound: float) -> None:
    refuse_differences(torch.tensor(actual), torch.tensor(expected).double(), bound, "case")


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ([1.0, NAN], [1.0, 2.0]),
        ([1.0, INF], [1.0, 2.0]),
        ([1.0, 2.0], [1.0, NAN]),
        ([1.0, 2.0], [1.0, -INF]),
        ([1.0, INF], [1.0, NAN]),
        ([1.0, NAN], [1.0, INF]),
        ([1.0, INF], [1.0, -INF]),
    ],
)
def test_a_special_value_in_a_wrong_place_is_never_within_a_bound(actual: list[float], expected: list[float]) -> None:
    found = failure_of(actual, expected, INF)

    assert Cause.NAN == found.cause
    assert (1,) == found.index


def test_a_special_value_does_not_hide_a_wrong_element_beside_it() -> None:
    found = failure_of([NAN, 3.0], [NAN, 2.0], 0.5)

    assert Cause.VALUES == found.cause
    assert (1,) == found.index


def test_every_element_has_a_bound_of_its_own() -> None:
    found = failure_of([1.1, 1.1], [1.0, 1.0], torch.tensor([0.2, 0.01]))

    assert (1,) == found.index


def test_a_bound_of_one_row_holds_for_each_of_its_elements() -> None:
    actual, bound = torch.ones(2, 3), torch.tensor([[2.0], [0.5]])
    with pytest.raises(SubmissionFault) as fault:
        refuse_differences(actual, torch.zeros(2, 3).double(), bound, "case")

    assert (1, 0) == fault.value.failure.index


def test_the_first_difference_is_told_with_both_values_and_its_case() -> None:
    found = failure_of([1.0, 2.25, 9.0], [1.0, 2.0, 3.0], 0.125)

    assert ("2", "2.25", (1,), "case") == (found.expected, found.actual, found.index, found.shape)
    assert "the worst of 2 wrong elements is 48 times over its bound" in found.message


def test_a_bound_of_nothing_is_never_divided_by() -> None:
    found = failure_of([1.0], [2.0], 0.0)

    assert "times" not in found.message
    assert "further from the exact result than allowed" in found.message


def test_a_single_number_is_compared_too() -> None:
    with pytest.raises(SubmissionFault) as fault:
        refuse_differences(torch.tensor(3.0), torch.tensor(4.0).double(), 0.5, "case")

    assert () == fault.value.failure.index


def test_a_narrow_type_is_compared_as_what_it_holds() -> None:
    rounded = torch.tensor([1.001], dtype=torch.bfloat16)
    refuse_differences(rounded, torch.tensor([1.001]).double(), 2e-3, "case")
    with pytest.raises(SubmissionFault) as fault:
        refuse_differences(rounded, torch.tensor([1.001]).double(), 5e-4, "case")

    assert "1" == fault.value.failure.actual


def test_a_bound_that_is_no_number_lets_nothing_pass() -> None:
    assert Cause.VALUES == failure_of([1.0], [2.0], torch.tensor([NAN])).cause
