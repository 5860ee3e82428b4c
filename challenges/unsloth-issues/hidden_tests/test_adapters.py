"""Cases 17 and 24: an adapter is trained on one base, in float32, and rounded once."""

from __future__ import annotations

import pytest
import torch
from tell import like, normal, refuse_other, refuse_unless

from harness.compare import refuse_differences
from harness.plugin.candidate import Submission
from harness.sandbox.staging import Expected

BLOCK, LEVELS = 32, 7
HALF_STEP = {torch.float16: 2**-11, torch.bfloat16: 2**-8}
"""The most that one rounding costs, as a share of the value."""


def quantised(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Give the codes and scales of a weight, and the weight that they stand for in its dtype."""
    rows, columns = weight.shape
    groups = weight.float().reshape(rows, columns // BLOCK, BLOCK)
    scales = groups.abs().amax(-1) / LEVELS
    codes = torch.round(groups / scales[..., None]).to(torch.int8)
    return codes.reshape(rows, columns), scales, (codes * scales[..., None]).reshape(rows, columns).to(weight.dtype)


@pytest.mark.check("17-merge-adapter")
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("scale", [0.0, 2.0, 0.3])
def test_a_merged_weight_is_base_and_adapter_rounded_once(
    submission: Submission, draw: torch.Generator, dtype: torch.dtype, scale: float
) -> None:
    checkpoint = normal(draw, 48, 64, dtype=dtype)
    a, b = normal(draw, 4, 64), normal(draw, 48, 4)
    codes, scales, base = quantised(checkpoint)
    exact = base.double() + scale * b.double() @ a.double()
    got = submission.at("merged")(checkpoint, codes, scales, a, b, scale, shape=exact.shape, dtype=dtype)

    words = f"{dtype}, scale {scale}"
    refuse_differences(got, exact, exact.abs() * HALF_STEP[dtype] * 1.01 + 1e-5, f"merged weight, {words}")
    alike = (got == exact.to(dtype)).float().mean().item()
    refuse_unless(alike > 0.99, f"only {alike:.1%} of the merged weight are rounded once, {words}")


@pytest.mark.check("24-adapter-dtype")
@pytest.mark.parametrize("autocast", [False, True])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_the_output_has_the_dtype_of_the_base_and_small_updates_count(
    submission: Submission, draw: torch.Generator, dtype: torch.dtype, autocast: bool
) -> None:
    """Two directions of the adapter nearly cancel; what is left is below half precision, and is the whole output."""
    direction, update = normal(draw, 1, 24), 2**-14 * normal(draw, 1, 24)
    a = torch.cat([direction + update, direction])
    b = torch.cat([torch.ones(10, 1), -torch.ones(10, 1)], dim=1)
    x, base = normal(draw, 3, 5, 24, dtype=dtype), torch.zeros(10, 24, dtype=dtype)
    exact = 1000.0 * x.double() @ (a[0] - a[1]).double()
    promised = Expected((3, 5, 10), dtype), like(a), like(b), like(a), like(b)
    ((y, *after, _, _),) = submission.at("adapted").calls([(base, a, b, x, 1000.0, autocast)], *promised).outputs

    words = f"{dtype}, {'with' if autocast else 'without'} autocast"
    refuse_other(y, exact[..., None].expand(3, 5, 10), f"a small update, {words}", share=2**-6)
    for now, before in zip(after, (a, b), strict=True):
        refuse_unless(torch.equal(now, before), f"the adapter itself has changed, {words}")


@pytest.mark.check("24-adapter-dtype")
@pytest.mark.parametrize("autocast", [False, True])
def test_base_and_adapter_are_added(submission: Submission, draw: torch.Generator, autocast: bool) -> None:
    a, b = normal(draw, 4, 24), normal(draw, 10, 4)
    x, base = normal(draw, 6, 24, dtype=torch.bfloat16), normal(draw, 10, 24, dtype=torch.bfloat16)
    exact = x.double() @ base.double().T + 0.5 * x.double() @ a.double().T @ b.double().T
    promised = Expected((6, 10), torch.bfloat16), like(a), like(b), like(a), like(b)
    ((y, *_, grad_a, grad_b),) = submission.at("adapted").calls([(base, a, b, x, 0.5, autocast)], *promised).outputs
    upstream = torch.ones(6, 10).double()

    refuse_other(y, exact, f"output, autocast {autocast}", share=2**-7)
    refuse_other(grad_b, 0.5 * upstream.T @ (x.double() @ a.double().T), "gradient of b", share=2**-7)
    refuse_other(grad_a, 0.5 * (upstream @ b.double()).T @ x.double(), "gradient of a", share=2**-7)
