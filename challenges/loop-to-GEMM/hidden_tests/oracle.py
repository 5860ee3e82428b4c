"""The exact product, and how far from it honest fp32 arithmetic may be."""

from __future__ import annotations

import math

import torch

from harness.compare import refuse_differences

UNIT_ROUNDOFF = 2.0**-24
TIMED_ERROR = 2e-6
"""Error over |a| |b| that a timed output may have: above twice a sequential fp32 sum (7.9e-7 at K = 2048), below two
bf16 halves (4.4e-6 at every K)."""


def exact(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Give a @ b in float64; Inf and NaN follow IEEE 754."""
    return a.double() @ b.double()


def magnitude(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Give |a| |b| in float64, the scale of each element's rounding errors."""
    return a.double().abs() @ b.double().abs()


def refuse_any_order(actual: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> None:
    """Refuse what no order of fp32 sums gives: more than K + 2 unit roundoffs of |a| |b| (Higham 2002, section 3.1)."""
    bound = (a.shape[1] + 2) * UNIT_ROUNDOFF * magnitude(a, b)
    refuse_differences(actual, exact(a, b), bound, shapes(a, b))


def refuse_inexact(actual: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> None:
    """Refuse anything but the exact product."""
    refuse_differences(actual, exact(a, b), 0.0, shapes(a, b))


def refuse_imprecise(actual: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> None:
    """Refuse an element whose error is above what honest fp32 does with the same operands.

    Allowed is the larger of 4 times the worst error of `torch.matmul` and twice that of a plain sequential sum. Errors
    count relative to |a| |b| of their own element, so that a small row or column beside large ones is judged by its own
    scale; their worst is taken over the whole matrix, since that of a single row is a matter of luck.
    """
    product, scale = exact(a, b), magnitude(a, b)
    references = ((4.0, a @ b), (2.0, sequential(a, b)))
    allowed = max(times * ((total - product).abs() / scale).max().item() for times, total in references)
    refuse_differences(actual, product, max(allowed, 2 * UNIT_ROUNDOFF) * scale, shapes(a, b))


def sequential(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Add the K products of every element one after the other in fp32."""
    total = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        total += a[:, k, None] * b[None, k]
    return total


def refuse_wrong_timed(actual: torch.Tensor, a: torch.Tensor, b: torch.Tensor, draw: torch.Generator) -> None:
    """Check a timed output whole and cheaply: against secret signs drawn after the guest stood, and four rows fully.

    The sum over a row with random signs misses one wrong element of ordinary size with a chance of nil, since its error
    is not drowned by roundings (Freivalds 1977).
    """
    signs = torch.randint(0, 2, (b.shape[1], 2), generator=draw).double() * 2 - 1
    expected = a.double() @ (b.double() @ signs)
    scale = magnitude(a[:1], b).mean().item() * math.sqrt(b.shape[1])
    refuse_differences(actual.double() @ signs, expected, 6 * TIMED_ERROR * scale, f"{shapes(a, b)}, sums over rows")
    rows = torch.randint(0, a.shape[0], (min(4, a.shape[0]),), generator=draw)
    bound = TIMED_ERROR * magnitude(a[rows], b)
    refuse_differences(actual[rows], exact(a[rows], b), bound, f"{shapes(a, b)}, four rows of it")


def refuse_wrong_halves(actual: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> None:
    """Refuse a product in float16 or bfloat16 that sums in float32 and one rounding at the end do not give.

    It is compared with the product in float32, computed on the device of `actual`; tensor cores cut off bits while they
    add, hence twice what float32 itself may be off.
    """
    product, scale = a.float() @ b.float(), a.float().abs() @ b.float().abs()
    rounding = torch.finfo(actual.dtype).eps * product.double().abs() + torch.finfo(actual.dtype).smallest_normal
    refuse_differences(actual, product.double(), rounding + 2 * TIMED_ERROR * scale.double(), shapes(a, b))


def shapes(a: torch.Tensor, b: torch.Tensor) -> str:
    """Describe a case as a failure shows it."""
    return f"a {tuple(a.shape)} stride {a.stride()}, b {tuple(b.shape)} stride {b.stride()}"
