"""Is it one kernel that does the work, with few bytes, few registers, wide accesses and addresses that reach far?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from weights import Weight, random_bits

from harness.errors import SubmissionFault
from harness.kernels.interpreted import Run
from harness.kernels.resources import KernelResources
from harness.outcomes import Failure
from harness.plugin.kernel import Kernel
from harness.readings import Cause, Reading, Witness
from harness.sandbox.staging import Expected

FLOOR_BYTES = 0.5 + 2 + 1 / 64 + 4 / (64 * 256)
"""Bytes a weight that any kernel moves: half a byte of nibbles, two of result, a scale a block, its scale a group."""

CARDS = (75, 80, 90)
MLP = (2048, 8192)


def interpreted(kernel: Kernel, weight: Weight) -> Run:
    """Run one call with its kernels interpreted; without a kernel there is nothing to look at."""
    run = kernel.at("dequantize").interpret(*weight.arguments(), promised=[Expected(weight.shape, weight.out_dtype)])
    refuse_none(run.launches)
    return run


def refuse_none(launched: Sequence[object]) -> None:
    """Refuse a submission that launches no kernel at all."""
    if not launched:
        raise SubmissionFault(Failure(Cause.FORBIDDEN, "no Triton kernel was launched", "1", "0"))


def without_memory(rows: int, columns: int) -> tuple[torch.Tensor, ...]:
    """Give the tensors of a weight of this shape, in blocks of 64, as forms alone."""
    numel = rows * columns
    return (
        torch.empty(numel // 2, 1, dtype=torch.uint8, device="meta"),
        torch.empty(numel // 64, dtype=torch.uint8, device="meta"),
        *(torch.empty(size, device="meta") for size in ((256,), (numel // 64 // 256,), (), (16,))),
    )


def compiled(kernel: Kernel, dtype: str, cards: tuple[int, ...]) -> list[KernelResources]:
    """Compile what would be launched for one MLP of the puzzle."""
    rows, columns = MLP
    tensors = without_memory(rows, columns)
    found = kernel.at("dequantize").compile(*tensors, rows, columns, 64, dtype, capabilities=cards)
    refuse_none(found)
    return found


@pytest.mark.check("one-kernel")
def test_one_kernel_makes_the_output(kernel: Kernel, draw: torch.Generator) -> None:
    """Launched once; without its programs there is no output; torch computes nothing beside it."""
    weight = random_bits(draw, (64, 256))
    promised = [Expected(weight.shape, weight.out_dtype)]
    run = kernel.at("dequantize").refuse_decoy(*weight.arguments(), promised=promised)
    if len(run.launches) != 1:
        names = ", ".join(launch.kernel for launch in run.launches)
        raise SubmissionFault(Failure(Cause.FORBIDDEN, f"{len(run.launches)} kernels are launched: {names}", "1"))
    # The submission's own operator, if it has registered one, is the wrapper around the launch.
    beside = [name for name in run.operators if name.startswith("aten")]
    if beside:
        raise SubmissionFault(Failure(Cause.FORBIDDEN, f"torch works beside the kernel: {', '.join(beside)}"))


@pytest.mark.check("no-buffer")
def test_nothing_is_kept_but_the_output(kernel: Kernel, draw: torch.Generator) -> None:
    run = interpreted(kernel, random_bits(draw, (64, 256)))
    for part in run.parameters:
        if part.owner == "made inside" and part.load_bytes + part.store_bytes > 0:
            text = f"{part.parameter} is memory beside inputs and output, and the kernel uses it"
            raise SubmissionFault(Failure(Cause.TOO_MUCH_MEMORY, text))


@pytest.mark.check("traffic")
def test_few_bytes_are_moved(kernel: Kernel, draw: torch.Generator, report: Callable[[Reading], None]) -> None:
    weight = random_bits(draw, (256, 512))
    run = interpreted(kernel, weight)
    a_weight = run.traffic.total_bytes / weight.numel
    report(Reading("bytes_a_weight", a_weight, "B", Witness.GUEST, note=f"at least {FLOOR_BYTES:.4f}"))
    share = FLOOR_BYTES / a_weight
    report(Reading("floor_share", share, "x", Witness.GUEST, share, share, note="the fewest bytes over those moved"))
    kernel.tell_traffic(run)
    kernel.tell_prediction(round(a_weight * MLP[0] * MLP[1]), f"{MLP[0]} x {MLP[1]} float16")


@pytest.mark.check("resources")
def test_no_register_spills_and_accesses_are_wide(kernel: Kernel) -> None:
    """What moves the nibbles and the weights does so by 16 bytes a thread."""
    found = compiled(kernel, "float16", (*CARDS, 100))
    kernel.tell_resources(found)
    for one in found:
        if one.spills:
            raise SubmissionFault(Failure(Cause.RUNTIME, f"{one.name} spills registers on sm_{one.capability}"))
        for kind in ("load", "store"):
            widest = max((access.access_bytes for access in one.accesses if access.kind == kind), default=0)
            if widest < 16:
                text = f"the widest {kind} of {one.name} on sm_{one.capability} moves {widest} bytes a thread"
                raise SubmissionFault(Failure(Cause.TOO_SLOW, text, "16 bytes", f"{widest} bytes"))


@pytest.mark.check("asm")
def test_inline_ptx_is_in_the_compiled_kernel(kernel: Kernel) -> None:
    for dtype in ("float16", "bfloat16"):
        for one in compiled(kernel, dtype, CARDS):
            texts = [asm for asm in one.inline_asm if asm.text.strip(" ;\n")]
            if not texts:
                raise SubmissionFault(Failure(Cause.COMPILE, f"no inline PTX is in {one.name} for sm_{one.capability}"))
            if all(asm.is_guarded for asm in texts):
                text = f"every inline PTX of {one.name} stands in a branch that is taken or not when it runs"
                raise SubmissionFault(Failure(Cause.COMPILE, text))


@pytest.mark.check("eviction")
def test_eviction_hints_are_on_loads_that_matter(kernel: Kernel, draw: torch.Generator) -> None:
    """A hint counts on a line that reads half of the nibbles at least."""
    weight = random_bits(draw, (64, 256))
    run = interpreted(kernel, weight)
    read: dict[int, int] = {}
    for access in run.accesses:
        if access.kind == "load" and access.owner == "argument 0":
            read[access.line] = read.get(access.line, 0) + access.unique_bytes
    for one in compiled(kernel, "float16", CARDS):
        hinted = {access.line for access in one.accesses if access.kind == "load" and access.policy}
        if 2 * sum(size for line, size in read.items() if line in hinted) < weight.packed.numel():
            text = f"no eviction hint is on the loads of the packed weights in {one.name} for sm_{one.capability}"
            raise SubmissionFault(Failure(Cause.COMPILE, text))


@pytest.mark.check("int64")
def test_addresses_reach_beyond_2_to_the_31(kernel: Kernel) -> None:
    """2^32 weights: the first and the last programs, on tensors without memory."""
    rows, columns = 1 << 16, 1 << 16
    refuse_none(kernel.at("dequantize").reach(*without_memory(rows, columns), rows, columns, 64, "float16"))
