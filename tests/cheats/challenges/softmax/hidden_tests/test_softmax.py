"""Is it a softmax, precisely, whatever was called before, and is it fast?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from harness.compare import refuse_differences
from harness.plugin.candidate import Submission
from harness.sandbox.staging import Arguments, Expected

SHAPES = ((1, 1), (1, 7), (5, 1), (8, 64), (33, 100))
TIMED = (512, 2048)
TIMED_ON_GPU = (8192, 8192)


def refuse(actual: torch.Tensor, x: torch.Tensor, units: float) -> None:
    """Refuse an element that is more than so many units of roundoff off, relative to itself."""
    exact = torch.softmax(x.double(), dim=1)
    refuse_differences(actual, exact, units * 2.0**-24 * exact + 1e-40, f"x {tuple(x.shape)} stride {x.stride()}")


@pytest.mark.check("values")
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_shape_is_right(submission: Submission, draw: torch.Generator, shape: tuple[int, int]) -> None:
    x = 3 * torch.randn(shape, generator=draw)

    refuse(submission(x, shape=shape), x, 4096)


@pytest.mark.check("values")
def test_shapes_that_no_text_names_are_right(submission: Submission, draw: torch.Generator) -> None:
    for _ in range(3):
        rows, columns = (int(size) for size in torch.randint(2, 90, (2,), generator=draw))
        x = torch.randn(rows, columns, generator=draw)
        refuse(submission(x, shape=(rows, columns)), x, 4096)


@pytest.mark.check("values")
def test_layouts_and_large_values_are_right(submission: Submission, draw: torch.Generator) -> None:
    for x in (
        torch.randn(40, 30, generator=draw).t(),
        torch.randn(30, 80, generator=draw)[:, ::2],
        300 * torch.randn(30, 40, generator=draw),
    ):
        refuse(submission(x, shape=x.shape), x, 65536)


@pytest.mark.check("precision")
def test_it_is_as_precise_as_float32_allows(submission: Submission, draw: torch.Generator) -> None:
    x = torch.randn(50, 200, generator=draw)

    refuse(submission(x, shape=x.shape), x, 64)


@pytest.mark.check("steady")
def test_what_was_called_before_does_not_matter(submission: Submission, draw: torch.Generator) -> None:
    x = torch.randn(20, 50, generator=draw)
    other = torch.cat([x[:19], torch.randn(1, 50, generator=draw)])
    first, between, again = (submission(one, shape=x.shape) for one in (x, other, x))

    refuse(between, other, 4096)
    refuse(again, x, 4096)
    refuse_differences(again, first.double(), 1e-6 * torch.ones_like(first), "the same input twice")


@pytest.mark.check("fast")
def test_it_is_faster_than_float64(race: Callable[..., Any], draw: torch.Generator) -> None:
    def fresh() -> Arguments:
        return (torch.randn(TIMED, generator=draw),)

    def verify(arguments: Arguments, outputs: tuple[torch.Tensor, ...]) -> None:
        (x,) = arguments
        assert isinstance(x, torch.Tensor)
        refuse(outputs[0], x, 4096)

    race("by_float64", fresh, [Expected(TIMED, torch.float32)], verify, budget_s=30.0)


@pytest.mark.check("gpu-values")
def test_every_shape_is_right_on_a_gpu(submission: Submission, draw: torch.Generator) -> None:
    """The same buffers with other values, too: what was prepared for the first call is no answer to the next."""
    for shape in (*SHAPES, (2048, 4096)):
        for _ in range(2):
            x = 3 * torch.randn(shape, generator=draw)
            out = submission(x, shape=shape)
            refuse(out, x.to(out.device), 4096)


@pytest.mark.check("gpu-fast")
def test_it_is_faster_than_float64_on_a_gpu(race: Callable[..., Any], draw: torch.Generator) -> None:
    on_gpu = torch.Generator("cuda").manual_seed(int(torch.randint(1 << 62, (), generator=draw)))

    def fresh() -> Arguments:
        return (torch.randn(TIMED_ON_GPU, generator=on_gpu, device="cuda"),)

    def verify(arguments: Arguments, outputs: tuple[torch.Tensor, ...]) -> None:
        (x,) = arguments
        assert isinstance(x, torch.Tensor)
        refuse(outputs[0], x, 4096)

    race("by_float64", fresh, [Expected(TIMED_ON_GPU, torch.float32)], verify, budget_s=20.0)
