"""Cases 20, 21 and 25: memory is read where it is, columns that are not there don't count, and nothing overflows."""

from __future__ import annotations

import pytest
import torch
from tell import normal, refuse_other
from torch.nn import functional as F

from harness.plugin.candidate import Submission
from harness.plugin.kernel import Kernel
from harness.sandbox.staging import Expected

SAME = (
    "as it is", "transposed", "a slice of columns", "every second row", "every second column", "the end of a storage",
)  # fmt: skip
VIEWS = {
    **dict.fromkeys(SAME, lambda x: x),
    "one row, expanded": lambda x: x[0].expand_as(x),
    "three dimensions, exchanged": lambda x: x[:, None].expand(-1, 2, -1),
}
"""What each view of the driver holds, whatever its layout."""


@pytest.mark.check("20-contiguous")
@pytest.mark.parametrize("view", VIEWS)
def test_a_layout_changes_nothing(submission: Submission, draw: torch.Generator, view: str) -> None:
    x = normal(draw, 6, 10)
    seen = VIEWS[view](x)
    weight = normal(draw, 2 * seen.shape[-1])
    exact = seen.double() * torch.rsqrt(seen.double().pow(2).mean(-1, keepdim=True) + 1e-6) * weight[::2].double()
    got = submission.at("normalised")(x, weight, view, shape=tuple(exact.shape))

    refuse_other(got, exact, f"layout: {view}")


@pytest.mark.check("21-layer-norm-columns")
@pytest.mark.parametrize("columns", [5, 100, 768, 64, 1])
@pytest.mark.parametrize("mean", [0.0, 3.0])
def test_every_number_of_columns_is_right(kernel: Kernel, draw: torch.Generator, columns: int, mean: float) -> None:
    x = mean + normal(draw, 3, columns)
    weight, bias = normal(draw, columns), normal(draw, columns)
    exact = F.layer_norm(x.double(), (columns,), weight.double(), bias.double())
    asked = "21_layer_norm_columns", "layer_norm", x, weight, bias
    run = kernel.at("plain").interpret(*asked, promised=[Expected(tuple(x.shape), torch.float32)])

    refuse_other(run.outputs[0], exact, f"{columns} columns with a mean of {mean}", share=1e-4)


@pytest.mark.check("25-half-overflow")
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32], ids=str)
@pytest.mark.parametrize("size", [1e-2, 1.0, 800.0, 20_000.0])
def test_a_norm_takes_what_the_dtype_can_hold(
    submission: Submission, draw: torch.Generator, dtype: torch.dtype, size: float
) -> None:
    x, weight = (size * normal(draw, 4, 32).clamp(-3, 3)).to(dtype), (0.1 * normal(draw, 32)).to(dtype)
    exact = x.double() * torch.rsqrt(x.double().pow(2).mean(-1, keepdim=True) + 1e-6) * (1 + weight.double())
    got = submission.at("plain")("25_half_overflow", "rms_norm", x, weight, shape=x.shape, dtype=dtype)

    refuse_other(got, exact, f"norm of values around {size:g} in {dtype}", share=2**-7)


@pytest.mark.check("25-half-overflow")
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32], ids=str)
@pytest.mark.parametrize("size", [1.0, 700.0])
def test_a_product_that_overflows_in_between_is_right_in_the_end(
    submission: Submission, draw: torch.Generator, dtype: torch.dtype, size: float
) -> None:
    gate, up = ((size * (1 + normal(draw, 4, 24).abs())).to(dtype) for _ in range(2))
    down = (normal(draw, 8, 24) / 24 / size**2 * 50).to(dtype)
    inner = F.gelu(gate.double(), approximate="tanh") * up.double()
    exact = inner @ down.double().T
    got = submission.at("plain")("25_half_overflow", "gated", gate, up, down, shape=exact.shape, dtype=dtype)

    refuse_other(got, exact, f"gated product of values around {size:g} in {dtype}", share=2**-6)
