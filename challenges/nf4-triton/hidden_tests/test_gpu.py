"""On a GPU: right to the bit with its inline PTX, faster than two kernels, near the machine's own stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from ulps import refuse_other_bits
from weights import Weight, exact, on, quantised, random_bits, told_apart_by_fusion

from harness.plugin.candidate import Submission
from harness.sandbox.staging import Arguments, Expected

LARGE = (8192, 28672)
"""234.9 M weights, the MLP of a 70B Llama: a kernel takes long enough to hide what Python takes to launch it."""

MLPS = ((2048, 8192, "float16"), (1024, 4096, "bfloat16"), (4096, 14336, "bfloat16"))


def refuse_wrong(submission: Submission, function: str, weight: Weight, times: int = 1) -> None:
    """Call once and compare with the format's own definition, computed on the same GPU."""
    out = submission.at(function)(*weight.arguments(), shape=weight.shape, dtype=weight.out_dtype)
    refuse_other_bits(out, exact(on(weight, "cuda")) * times, f"{weight.shape} {weight.dtype}")


@pytest.mark.check("gpu-values")
@pytest.mark.parametrize(("rows", "columns", "dtype"), MLPS)
def test_the_puzzles_own_weights_are_right_to_the_bit(
    submission: Submission, draw: torch.Generator, rows: int, columns: int, dtype: str
) -> None:
    """Up and gate, and down, which is the transposed shape."""
    refuse_wrong(submission, "dequantize", random_bits(draw, (rows, columns), dtype))
    refuse_wrong(submission, "dequantize", random_bits(draw, (columns, rows), dtype))


@pytest.mark.check("gpu-values")
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_ragged_weights_and_real_ones_are_right_to_the_bit(
    submission: Submission, draw: torch.Generator, dtype: str
) -> None:
    refuse_wrong(submission, "dequantize", random_bits(draw, (333, 98), dtype))
    refuse_wrong(submission, "dequantize", told_apart_by_fusion(draw))
    refuse_wrong(submission, "dequantize", quantised(draw, (512, 1024), dtype))


@pytest.mark.check("torch-compile")
def test_it_works_inside_a_compiled_function(submission: Submission, draw: torch.Generator) -> None:
    refuse_wrong(submission, "compiled", random_bits(draw, (512, 1024)), times=2)


def fresh(draw: torch.Generator) -> Callable[[], Arguments]:
    """Give a function that draws another large weight on the GPU each time."""
    first = on(random_bits(draw, LARGE), "cuda")
    on_gpu = torch.Generator("cuda").manual_seed(int(torch.randint(1 << 62, (), generator=draw)))

    def arguments() -> Arguments:
        packed = torch.randint(0, 256, first.packed.shape, dtype=torch.uint8, generator=on_gpu, device="cuda")
        return packed, *first.arguments()[1:]

    return arguments


def verify(arguments: Arguments, outputs: tuple[torch.Tensor, ...]) -> None:
    """Compare every bit of a timed output."""
    packed, absmax, code2, absmax2, offset, _code, rows, columns, blocksize, dtype = arguments
    weight = Weight(packed, absmax, code2, absmax2, offset, (rows, columns), blocksize, dtype)  # type: ignore[arg-type]
    refuse_other_bits(outputs[0], exact(on(weight, "cuda")), f"{LARGE} {dtype}")


@pytest.mark.check("speed")
def test_it_is_faster_than_two_kernels(race: Callable[..., Any], draw: torch.Generator) -> None:
    race("dequantize", fresh(draw), [Expected(LARGE, torch.float16)], verify, function="dequantize")


@pytest.mark.check("attainment")
def test_it_comes_near_the_machines_own_stream(race: Callable[..., Any], draw: torch.Generator) -> None:
    race("stream", fresh(draw), [Expected(LARGE, torch.float16)], verify, function="dequantize")
