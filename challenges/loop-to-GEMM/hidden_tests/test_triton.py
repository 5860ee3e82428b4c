"""What can be said of the Triton kernel without a GPU: does it compile, use tensor cores, and keep to its registers?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
import torch

from harness.errors import SubmissionFault
from harness.kernels.resources import KernelResources
from harness.outcomes import Failure
from harness.plugin.kernel import Kernel
from harness.readings import Cause, Reading, Witness

CAPABILITIES = (80, 90)
SMALL = (64, 64, 64)
SHAPES = ((4096, 4096, 4096), (1021, 1789, 1531))


def compiled(kernel: Kernel, shape: tuple[int, int, int], capabilities: Sequence[int]) -> list[KernelResources]:
    """Compile what the submission launches for one shape; a wrapper that fails has no kernel."""
    rows, inner, columns = shape
    a = torch.empty(rows, inner, dtype=torch.float16, device="meta")
    b = torch.empty(inner, columns, dtype=torch.float16, device="meta")
    try:
        return kernel.compile(a, b, capabilities=capabilities)
    except SubmissionFault as fault:
        message = f"called on tensors of a GPU, no Triton kernel was reached: {fault.failure.message}"
        raise SubmissionFault(replace(fault.failure, cause=Cause.COMPILE, message=message)) from fault


@pytest.mark.check("triton-compiles")
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_kernel_uses_tensor_cores_and_does_not_spill(
    kernel: Kernel, report: Callable[[Reading], None], shape: tuple[int, int, int]
) -> None:
    """A kernel for Ampere and for Hopper, at a size that divides and at one that does not."""
    # Small first: code without a kernel, loops over elements even, is told so at once.
    if not compiled(kernel, SMALL, CAPABILITIES[:1]):
        raise SubmissionFault(Failure(Cause.COMPILE, "called on tensors of a GPU, it launches no Triton kernel"))
    found = compiled(kernel, shape, CAPABILITIES)
    for capability in CAPABILITIES:
        mine = [one for one in found if one.capability == capability]
        if not any(one.mma_instructions for one in mine):
            message = f"no kernel for sm_{capability} uses tensor cores; `tl.dot` on half-precision tiles does"
            raise SubmissionFault(Failure(Cause.COMPILE, message, shape=str(shape)))
        for one in mine:
            report(Reading(f"registers_sm{capability}", one.registers, "", Witness.GUEST, note=f"{one.name} {shape}"))
            if one.spills:
                message = (
                    f"{one.name} spills registers on sm_{capability} ({one.spills} accesses): make its tiles smaller"
                )
                raise SubmissionFault(Failure(Cause.COMPILE, message, "0", str(one.spills), shape=str(shape)))
