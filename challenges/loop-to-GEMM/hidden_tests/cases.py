"""Operands of every hidden test, drawn from the judge's secret generator."""

from __future__ import annotations

import torch

# Every size below stays within what three loops over elements can do in a few seconds.
SHAPES = (
    (1, 1, 1), (1, 7, 1), (5, 1, 3), (1, 64, 33), (33, 64, 1), (17, 19, 23), (31, 37, 29), (6, 16, 16), (14, 32, 32),
    (7, 17, 33), (15, 33, 31), (64, 64, 64), (3, 300, 5), (61, 2, 67), (0, 4, 5), (4, 4, 0), (3, 0, 5),
)  # fmt: skip
"""(M, K, N): ones, primes, register-block sizes and their neighbours, and empty ones (K = 0 gives zeros)."""

FORBIDDEN_ROUTINES = ("matmul", "convolution")
"""Functions of the baseline in whose code a submission may not spend its time."""

LAYOUTS = (
    "row-major",
    "transposed a",
    "transposed b",
    "both transposed",
    "every second column",
    "a slice of a larger one",
)


def undisclosed(draw: torch.Generator) -> tuple[int, int, int]:
    """Draw a shape (M, K, N) that no public text names."""
    return tuple(int(size) for size in torch.randint(2, 70, (3,), generator=draw))  # type: ignore[return-value]


def normal(draw: torch.Generator, rows: int, columns: int) -> torch.Tensor:
    """Draw a float32 matrix of standard normal values."""
    return torch.randn(rows, columns, generator=draw)


def operands(draw: torch.Generator, shape: tuple[int, int, int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw a (M, K) and b (K, N), float32, standard normal."""
    rows, inner, columns = shape
    return normal(draw, rows, inner), normal(draw, inner, columns)


def laid_out(draw: torch.Generator, shape: tuple[int, int, int], layout: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw operands whose strides are not those of a fresh tensor."""
    rows, inner, columns = shape
    a, b = operands(draw, shape)
    if layout in ("transposed a", "both transposed"):
        a = normal(draw, inner, rows).t()
    if layout in ("transposed b", "both transposed"):
        b = normal(draw, columns, inner).t()
    if layout == "every second column":
        a, b = normal(draw, rows, 2 * inner)[:, ::2], normal(draw, inner, 2 * columns)[:, ::2]
    if layout == "a slice of a larger one":
        a, b = normal(draw, rows + 5, inner + 7)[3:-2, 2:-5], normal(draw, inner + 3, columns + 9)[1:-2, 4:-5]
    return a, b


def unlike_scales(draw: torch.Generator, shape: tuple[int, int, int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw operands whose rows (of a) and columns (of b) differ in scale by up to 2 ** 16."""
    a, b = operands(draw, shape)
    row_scale = torch.exp2(torch.randint(-8, 9, (shape[0], 1), generator=draw).float())
    column_scale = torch.exp2(torch.randint(-8, 9, (1, shape[2]), generator=draw).float())
    return a * row_scale, b * column_scale


def selection(draw: torch.Generator, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw 19-bit odd integers and a matrix that selects one of them for each element: any rounding shows.

    19 bits need more than the 8, 11 or 16 bits that one bf16, one fp16 or two bf16 halves carry, and fit into fp32.
    """
    odd = 2 * torch.randint(1 << 17, 1 << 18, (size, size), generator=draw) + 1
    order = torch.randperm(size, generator=draw)
    return odd.float(), torch.eye(size)[order]


def with_specials(draw: torch.Generator, shape: tuple[int, int, int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw operands with a few NaN, Inf and -Inf in each, and zeros for them to meet."""
    a, b = operands(draw, shape)
    for matrix in (a, b):
        flat = matrix.view(-1)
        places = torch.randperm(flat.numel(), generator=draw)
        flat[places[: flat.numel() // 8]] = 0.0
        for place, value in zip(places[-3:], (float("nan"), float("inf"), float("-inf")), strict=True):
            flat[place] = value
    return a, b
