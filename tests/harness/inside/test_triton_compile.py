"""What a guest leaves in the output segment when it compiles: every kernel, where the message says, for every card."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import triton
import triton.language as tl

from harness.inside.triton_compile import compile_into
from harness.kernels.resources import read_resources
from harness.parts import CompiledKernel, TensorLayout
from harness.payload import Segment
from harness.wire import Compile

FORM = TensorLayout("float32", (4096,), (1,), 0)


@triton.autotune([triton.Config({"BLOCK": 512}, num_warps=4), triton.Config({"BLOCK": 1024}, num_warps=8)], key=["n"])
@triton.jit
def _tuned(x: tl.tensor, out: tl.tensor, n: tl.tensor, BLOCK: tl.constexpr) -> None:  # noqa: N803
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + at, tl.load(x + at, mask=at < n), mask=at < n)


def tuned(x: torch.Tensor) -> torch.Tensor:
    """Launches the kernel above once."""
    out = torch.empty_like(x)
    _tuned[lambda given: (triton.cdiv(4096, given["BLOCK"]),)](x, out, x.numel())
    return out


@pytest.fixture
def segment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Segment]:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    made = Segment.create("compiled", 1 << 20)
    yield made
    made.close()


def threads_of(segment: Segment, kernel: CompiledKernel) -> int:
    places = (
        (kernel.cubin_offset, kernel.cubin_size), (kernel.ptx_offset, kernel.ptx_size),
        (kernel.ttir_offset, kernel.ttir_size),
    )  # fmt: skip
    cubin, ptx, ttir = (bytes(segment.bytes[offset : offset + size].tolist()) for offset, size in places)
    return read_resources(cubin, ptx, ttir).threads


@pytest.mark.parametrize(("alternatives", "found"), [(False, [(0, 128)]), (True, [(0, 128), (1, 256)])])
def test_the_first_configuration_is_compiled_or_every_one(
    segment: Segment, alternatives: bool, found: list[tuple[int, int]]
) -> None:
    kernels = compile_into(segment, tuned, Compile(1, "tuned", (FORM,), (80, 90), alternatives))

    assert [80] * len(found) + [90] * len(found) == [one.capability for one in kernels]
    assert 2 * found == [(one.alternative, threads_of(segment, one)) for one in kernels]
