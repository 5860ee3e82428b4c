"""On a GPU: right in half precision with sums in float32, by a kernel of its own, and how near to the library."""

from __future__ import annotations

from collections.abc import Callable

import cases
import oracle
import pytest
import torch

from harness.errors import SubmissionFault
from harness.operators import forbidden_operators
from harness.outcomes import Failure
from harness.plugin.candidate import Submission
from harness.race_result import RaceResult
from harness.readings import Cause
from harness.sandbox.staging import Arguments, Expected

SHAPES = ((1, 1, 1), (17, 19, 23), (64, 64, 64), (3, 0, 5), (300, 1024, 200), (1021, 1531, 1789))
LAYOUTS = ("transposed a", "transposed b", "every second column", "a slice of a larger one")


def refuse_wrong(submission: Submission, a: torch.Tensor, b: torch.Tensor) -> None:
    """Call once; sums are in float32, and one rounding to the operands' dtype ends them."""
    out = submission(a, b, shape=(a.shape[0], b.shape[1]), dtype=a.dtype)
    oracle.refuse_wrong_halves(out, a.to(out.device), b.to(out.device))


@pytest.mark.check("gpu-values")
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_every_shape_and_layout_is_right(submission: Submission, draw: torch.Generator, dtype: torch.dtype) -> None:
    """Shapes that divide and shapes that do not, and one drawn for this grading alone."""
    for shape in (*SHAPES, cases.undisclosed(draw)):
        a, b = cases.operands(draw, shape)
        refuse_wrong(submission, a.to(dtype), b.to(dtype))
    for layout in LAYOUTS:
        a, b = (matrix.to(dtype) for matrix in cases.laid_out(draw, (72, 104, 88), layout))
        refuse_wrong(submission, a, b)


@pytest.mark.check("gpu-values")
def test_the_dispatcher_sees_no_library_product(submission: Submission, draw: torch.Generator) -> None:
    for shape in ((17, 19, 23), (256, 256, 256)):
        a, b = (matrix.half() for matrix in cases.operands(draw, shape))
        seen = submission.operators([(a, b)], Expected((shape[0], shape[2]), torch.float16))
        forbidden = forbidden_operators(seen)
        if forbidden:
            message = f"on a GPU the product is made by {', '.join(forbidden)}: write it as a Triton kernel"
            raise SubmissionFault(Failure(Cause.FORBIDDEN, message, shape=str(shape)))


def run(race: Callable[..., RaceResult], draw: torch.Generator, shape: tuple[int, int, int]) -> None:
    """Race in bfloat16 against the library; operands are drawn on the GPU, every timed product is checked."""
    rows, inner, columns = shape
    on_gpu = torch.Generator("cuda").manual_seed(int(torch.randint(1 << 62, (), generator=draw)))

    def fresh() -> Arguments:
        sizes = (rows, inner), (inner, columns)
        return tuple(torch.randn(size, generator=on_gpu, device="cuda", dtype=torch.bfloat16) for size in sizes)

    def verify(arguments: Arguments, outputs: tuple[torch.Tensor, ...]) -> None:
        a, b = arguments
        oracle.refuse_wrong_halves(outputs[0], a, b)

    promised = [Expected((rows, columns), torch.bfloat16)]
    race("matmul", fresh, promised, verify, flop_count=2.0 * rows * inner * columns)


@pytest.mark.check("gpu-climb")
def test_near_the_library_on_a_gpu(race: Callable[..., RaceResult], draw: torch.Generator) -> None:
    """4096^3: a few waves of tiles."""
    run(race, draw, (4096, 4096, 4096))


@pytest.mark.check("gpu-summit")
def test_level_with_the_library_on_a_gpu(race: Callable[..., RaceResult], draw: torch.Generator) -> None:
    """8192^3: the tensor cores are the limit, and the power that they draw."""
    run(race, draw, (8192, 8192, 8192))


@pytest.mark.check("gpu-ragged")
def test_near_the_library_at_ragged_sizes_on_a_gpu(race: Callable[..., RaceResult], draw: torch.Generator) -> None:
    """No size is a multiple of a tile, nor of what a bulk copy moves."""
    run(race, draw, (4093, 4099, 4111))
