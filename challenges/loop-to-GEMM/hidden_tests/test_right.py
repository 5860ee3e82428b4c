"""Is the product right: for every shape and layout, to fp32's own precision, exactly where exactness is possible?"""

from __future__ import annotations

import cases
import oracle
import pytest
import torch

from harness.plugin.candidate import Submission


def product(submission: Submission, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Call the submission once."""
    return submission(a, b, shape=(a.shape[0], b.shape[1]))


@pytest.mark.check("shapes")
@pytest.mark.parametrize("shape", cases.SHAPES, ids=str)
def test_every_shape_is_right(submission: Submission, draw: torch.Generator, shape: tuple[int, int, int]) -> None:
    """Ones, primes, sizes around register blocks, and empty dimensions."""
    a, b = cases.operands(draw, shape)

    oracle.refuse_any_order(product(submission, a, b), a, b)


@pytest.mark.check("shapes")
def test_shapes_that_no_text_names_are_right(submission: Submission, draw: torch.Generator) -> None:
    """Shapes drawn for this grading alone."""
    for _ in range(3):
        a, b = cases.operands(draw, cases.undisclosed(draw))

        oracle.refuse_any_order(product(submission, a, b), a, b)


@pytest.mark.check("shapes")
@pytest.mark.parametrize("layout", cases.LAYOUTS)
def test_every_layout_is_right(submission: Submission, draw: torch.Generator, layout: str) -> None:
    """Inputs that are transposed, strided or parts of larger tensors."""
    a, b = cases.laid_out(draw, (19, 23, 21), layout)

    oracle.refuse_any_order(product(submission, a, b), a, b)


@pytest.mark.check("accuracy")
@pytest.mark.parametrize("shape", [(32, 64, 32), (16, 1024, 16)], ids=str)
def test_rows_and_columns_of_unlike_scale_keep_their_precision(
    submission: Submission, draw: torch.Generator, shape: tuple[int, int, int]
) -> None:
    """Half precision, or two halves of it, shows in the rows that are small."""
    a, b = cases.unlike_scales(draw, shape)

    oracle.refuse_imprecise(product(submission, a, b), a, b)


@pytest.mark.check("exact")
def test_selected_odd_integers_come_out_exactly(submission: Submission, draw: torch.Generator) -> None:
    """No rounding can happen in fp32, so none may show."""
    a, b = cases.selection(draw, 48)

    oracle.refuse_inexact(product(submission, a, b), a, b)


@pytest.mark.check("special")
def test_nan_and_inf_travel(submission: Submission, draw: torch.Generator) -> None:
    """Zero times Inf is NaN: a loop that skips zeros, or a padded edge that leaks, shows."""
    for shape in ((13, 17, 19), (33, 40, 31)):
        a, b = cases.with_specials(draw, shape)

        oracle.refuse_any_order(product(submission, a, b), a, b)


@pytest.mark.check("steady")
def test_the_same_buffers_with_other_values_give_other_products(submission: Submission, draw: torch.Generator) -> None:
    """Inputs come at the same addresses every time; only their values differ, at last in one element alone."""
    a, b = cases.operands(draw, (24, 24, 24))
    for _ in range(3):
        a[-1, -1] += 1.0

        oracle.refuse_any_order(product(submission, a, b), a, b)


@pytest.mark.check("steady")
def test_a_repeated_call_gives_the_same_bits(submission: Submission, draw: torch.Generator) -> None:
    """The sum has one order, whatever threads do."""
    a, b = cases.operands(draw, (29, 67, 31))
    first = product(submission, a, b)

    assert torch.equal(product(submission, a, b), first), "two calls with the same inputs gave different bits"
