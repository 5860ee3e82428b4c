"""How fast is it: against the loops everybody starts from, then against the library on the same cores?"""

from __future__ import annotations

from collections.abc import Callable

import cases
import oracle
import pytest
import torch

from harness.race_result import RaceResult
from harness.sandbox.session import Arguments, Expected


def run(
    race: Callable[..., RaceResult], draw: torch.Generator, shape: tuple[int, int, int], baseline: str, budget_s: float
) -> None:
    """Race on fresh operands of one shape; every timed product is checked."""
    rows, inner, columns = shape

    def verify(arguments: Arguments, outputs: tuple[torch.Tensor, ...]) -> None:
        a, b = arguments
        oracle.refuse_wrong_timed(outputs[0], a, b, draw)

    race(
        baseline,
        lambda: cases.operands(draw, shape),
        [Expected((rows, columns), torch.float32)],
        verify,
        forbidden=() if baseline == "loops" else cases.FORBIDDEN_ROUTINES,
        flop_count=2.0 * rows * inner * columns,
        budget_s=budget_s,
    )


@pytest.mark.check("loops")
def test_faster_than_the_loops(race: Callable[..., RaceResult], draw: torch.Generator) -> None:
    """Small enough for three loops over elements."""
    run(race, draw, (32, 32, 32), "loops", budget_s=20.0)


@pytest.mark.check("climb")
def test_a_fraction_of_the_library(race: Callable[..., RaceResult], draw: torch.Generator) -> None:
    """1024^3: every operand fits the last cache, none the first."""
    run(race, draw, (1024, 1024, 1024), "matmul", budget_s=30.0)


@pytest.mark.check("summit")
def test_near_the_library(race: Callable[..., RaceResult], draw: torch.Generator) -> None:
    """2048^3: packing and blocking have to be right."""
    run(race, draw, (2048, 2048, 2048), "matmul", budget_s=45.0)


@pytest.mark.check("ragged")
def test_near_the_library_at_ragged_sizes(race: Callable[..., RaceResult], draw: torch.Generator) -> None:
    """Primes: every edge is a partial block."""
    run(race, draw, (1021, 1531, 1789), "matmul", budget_s=30.0)
