"""Cases 11 to 13: a position has its own angle, however far out it is and however one gets there."""

from __future__ import annotations

import pytest
import torch
from tell import normal, number, refuse_other, refuse_unless

from harness.compare import refuse_differences
from harness.plugin.candidate import Submission
from harness.sandbox.staging import Expected

BLOCK = 8192


def angles(positions: torch.Tensor, width: int) -> torch.Tensor:
    """Give the angle of every position and pair of features, in float64."""
    return torch.outer(positions.double(), 10_000.0 ** (-torch.arange(0, width, 2).double() / width))


def rotated_exactly(x: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Rotate `[tokens, heads, width]` in float64."""
    angle = angles(positions, x.shape[-1])[:, None, :]
    first, second = x.double().chunk(2, dim=-1)
    turned = first * angle.cos() - second * angle.sin(), second * angle.cos() + first * angle.sin()
    return torch.cat(turned, dim=-1)


@pytest.mark.check("11-rope-growth")
@pytest.mark.parametrize("prompt", [1, 30, 32, 33])
def test_decoding_goes_on_across_the_end_of_the_table(
    submission: Submission, draw: torch.Generator, prompt: int
) -> None:  # fmt: skip
    x, positions = normal(draw, 101, 2, 8), torch.arange(101)
    got = submission.at("rotated")(x, positions, prompt, shape=x.shape)

    refuse_other(got, rotated_exactly(x, positions), f"a prompt of {prompt}, then one by one up to 101", share=1e-4)


@pytest.mark.check("11-rope-growth")
def test_a_token_far_out_is_rotated_by_its_own_position(submission: Submission, draw: torch.Generator) -> None:
    """A conversation that is resumed: little is new, and it stands behind a long cache."""
    x, positions = normal(draw, 6, 1, 8), torch.tensor([500, 501, 777, 3, 0, 1500])
    got = submission.at("rotated")(x, positions, 2, shape=x.shape)

    refuse_other(got, rotated_exactly(x, positions), "positions 500, 501, then 777, 3, 0, 1500", share=1e-3)


@pytest.mark.check("12-table-length")
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_table_has_as_many_blocks_as_it_takes_and_no_more(
    submission: Submission, draw: torch.Generator, count: int
) -> None:
    drawn = number(draw, (count - 1) * BLOCK + 1, count * BLOCK + 1)
    for length in ((count - 1) * BLOCK + 1, drawn, count * BLOCK):
        got = submission.at("cosines")(4, length, 1.0, shape=(count * BLOCK, 2))

        refuse_other(got[:length], angles(torch.arange(length), 4).cos(), f"table for {length} positions", share=2e-3)


@pytest.mark.check("12-table-length")
def test_interpolated_positions_take_no_fewer_rows(submission: Submission) -> None:
    got = submission.at("cosines")(4, 9000, 2.0, shape=(2 * BLOCK, 2))

    refuse_other(got[:9000], angles(torch.arange(9000) / 2, 4).cos(), "9000 positions, scaled by 2", share=2e-3)


@pytest.mark.check("13-rope-precision")
@pytest.mark.parametrize(("dtype", "step"), [("bfloat16", 2**-8), ("float16", 2**-10), ("float32", 5e-4)])
def test_a_far_position_is_as_exact_as_its_dtype(submission: Submission, dtype: str, step: float) -> None:
    """The last rounding may cost half a step; angles that were rounded before cost whole turns."""
    positions, width = torch.tensor([0, 1, 255, 257, 1023, 2049, 4093, 4094, 4095]), 16
    form = Expected((len(positions), width), getattr(torch, dtype))
    ((cos, sin),) = submission.at("cos_sin").calls([(positions, width, dtype)], form, form).outputs
    angle = angles(positions, width).repeat(1, 2)

    refuse_differences(cos, angle.cos(), step, f"cosines in {dtype}")
    refuse_differences(sin, angle.sin(), step, f"sines in {dtype}")
    refuse_unless(not torch.equal(cos[-1], cos[-2]), f"positions 4094 and 4095 collide in {dtype}")
