"""Are the weights right to the bit, in both dtypes, whatever the shape, and whatever was asked before?"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from ulps import refuse_other_bits
from weights import Weight, exact, quantised, random_bits, scaled, told_apart_by_fusion, with_a_zero_block

from harness.plugin.kernel import Kernel
from harness.sandbox.staging import Expected


def refuse_wrong(kernel: Kernel, weight: Weight, what: str) -> None:
    """Dequantise once, interpreted, and compare with the format's own definition."""
    promised = [Expected(weight.shape, weight.out_dtype)]
    run = kernel.at("dequantize").interpret(*weight.arguments(), promised=promised)
    alternatives = max((launch.alternatives for launch in run.launches), default=1)
    case = f"{what}: {weight.shape[0]} x {weight.shape[1]} {weight.dtype}, blocks of {weight.blocksize}"
    refuse_other_bits(run.outputs[0], exact(weight), case)
    for number in range(1, min(alternatives, 4)):
        again = kernel.at("dequantize").interpret(*weight.arguments(), promised=promised, alternative=number)
        refuse_other_bits(again.outputs[0], exact(weight), f"{case}, configuration {number} of the tuner")


@pytest.mark.check("values")
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_weight_of_bitsandbytes_is_right_to_the_bit(kernel: Kernel, draw: torch.Generator, dtype: str) -> None:
    """Two groups of scales and a ragged end."""
    refuse_wrong(kernel, quantised(draw, (300, 64), dtype), "normal weights")


@pytest.mark.check("values")
def test_every_nibble_and_every_scale_is_right(kernel: Kernel, draw: torch.Generator) -> None:
    """Random bits: indices of scales beyond 127 are positive, those below negative."""
    refuse_wrong(kernel, random_bits(draw, (130, 256)), "random bits")


@pytest.mark.check("values")
def test_a_mean_far_from_the_scales_is_added(kernel: Kernel, draw: torch.Generator) -> None:
    weight = random_bits(draw, (64, 64))

    refuse_wrong(kernel, replace(weight, offset=torch.tensor(37.25)), "a mean of 37.25")


@pytest.mark.check("values")
def test_product_and_sum_of_a_scale_are_rounded_apart(kernel: Kernel, draw: torch.Generator) -> None:
    refuse_wrong(kernel, told_apart_by_fusion(draw), "scales that a fused multiply-add would change")


@pytest.mark.check("values")
@pytest.mark.parametrize("times", [1e6, 1e-8])
def test_scales_that_float16_cannot_hold_are_right_in_bfloat16(
    kernel: Kernel, draw: torch.Generator, times: float
) -> None:
    refuse_wrong(kernel, scaled(random_bits(draw, (64, 64), "bfloat16"), times), f"scales times {times:g}")


@pytest.mark.check("blocks")
@pytest.mark.parametrize("blocksize", [32, 128, 4096])
def test_blocks_of_other_sizes_are_right(kernel: Kernel, draw: torch.Generator, blocksize: int) -> None:
    refuse_wrong(kernel, random_bits(draw, (5, 4096), blocksize=blocksize), "another block size")


@pytest.mark.check("blocks")
@pytest.mark.parametrize("shape", [(1, 64), (1, 2), (3, 50), (7, 98), (65, 66), (33, 1)], ids=str)
def test_ragged_ends_are_right(kernel: Kernel, draw: torch.Generator, shape: tuple[int, int]) -> None:
    """One block, less than one, a last block that is not full, a number of bytes that is no number of words."""
    refuse_wrong(kernel, random_bits(draw, shape), "a ragged end")


@pytest.mark.check("blocks")
def test_a_shape_that_no_text_names_is_right(kernel: Kernel, draw: torch.Generator) -> None:
    rows, columns = (int(size) for size in torch.randint(2, 120, (2,), generator=draw))

    refuse_wrong(kernel, random_bits(draw, (rows, columns), "bfloat16"), "a drawn shape")


@pytest.mark.check("blocks")
def test_a_block_of_zeros_is_zero(kernel: Kernel, draw: torch.Generator) -> None:
    refuse_wrong(kernel, with_a_zero_block(random_bits(draw, (4, 64))), "a block whose scale is zero")


@pytest.mark.check("fresh")
def test_a_result_stays_what_it_is_when_the_next_one_is_made(kernel: Kernel, draw: torch.Generator) -> None:
    weight = random_bits(draw, (40, 64))
    run = kernel.at("first_of_two").interpret(
        *weight.arguments(), promised=[Expected(weight.shape, weight.out_dtype)]
    )  # fmt: skip
    refuse_other_bits(run.outputs[0], exact(weight), "the first of two results")


@pytest.mark.check("fresh")
def test_another_weight_of_the_same_shape_is_another_weight(kernel: Kernel, draw: torch.Generator) -> None:
    """The tensors of both lie at the same addresses."""
    first = random_bits(draw, (40, 64))
    refuse_wrong(kernel, first, "a first weight")
    second = replace(first, packed=first.packed.flip(0))
    refuse_wrong(kernel, second, "the same scales, other nibbles")
    refuse_wrong(kernel, replace(second, absmax=second.absmax.flip(0)), "the same nibbles, other scales")
