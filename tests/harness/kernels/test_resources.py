"""What a kernel costs is read from its cubin and PTX; bytes that are no kernel are refused with a reason."""

from pathlib import Path

import pytest
import torch
import triton
import triton.language as tl

from harness.inside.triton_launches import CompiledKernel, capture_launches, compile_launches
from harness.kernels import resources
from harness.kernels.resources import KernelResources, read_resources


@triton.jit
def _dot(a: tl.tensor, b: tl.tensor, c: tl.tensor, size: tl.constexpr) -> None:
    rows = tl.arange(0, size)
    at = rows[:, None] * size + rows[None, :]
    tl.store(c + at, tl.dot(tl.load(a + at), tl.load(b + at)))


@triton.jit
def _many_live_values(x: tl.tensor, y: tl.tensor, rows: tl.constexpr, columns: tl.constexpr) -> None:
    at = tl.arange(0, rows)[:, None] * columns + tl.arange(0, columns)[None, :]
    value = tl.load(x + at)
    # Each row sum needs the whole tile, and the tile is needed again after it: nothing can be given up in between.
    tl.store(y + at, value * tl.sum(value, axis=1)[:, None] + tl.max(value, axis=0)[None, :])


@triton.jit
def _stream(x: tl.tensor, y: tl.tensor, size: tl.constexpr) -> None:
    at = tl.program_id(0) * size + tl.arange(0, size)
    tl.store(y + at, tl.load(x + at, eviction_policy="evict_first") * 2.0)


def dot(a: torch.Tensor) -> None:
    """Multiplies a 64 x 64 matrix by itself."""
    _dot[(1,)](a, a, torch.empty_like(a, dtype=torch.float32), size=64)


def spill(x: torch.Tensor) -> None:
    """Holds 16384 values in the registers of one warp: 512 a thread, where 255 is the most."""
    _many_live_values[(1,)](x, torch.empty_like(x), rows=128, columns=128, num_warps=1)


def stream(x: torch.Tensor) -> None:
    """Doubles `x`, eight fp16 elements a thread at a time where the pointer allows it."""
    _stream[(4,)](x, torch.empty(4096, dtype=x.dtype, device="cuda"), size=1024, num_warps=4)


@triton.jit
def _line(x: tl.tensor, y: tl.tensor, size: tl.constexpr) -> None:
    at = tl.arange(0, size)
    tl.store(y + at, tl.load(x + at) * 3.0 + 1.5)


def fused(x: torch.Tensor) -> None:
    """Multiplies and adds as Triton likes best."""
    _line[(1,)](x, torch.empty_like(x), size=1024)


def apart(x: torch.Tensor) -> None:
    """Multiplies and adds with a rounding in between."""
    _line[(1,)](x, torch.empty_like(x), size=1024, enable_fp_fusion=False)


def compiled(wrapper: object, argument: torch.Tensor, capability: int) -> CompiledKernel:
    """The one kernel that `wrapper` launches, compiled."""
    (kernel,) = compile_launches(capture_launches(wrapper, [argument], capability), capability)
    return kernel


def read(kernel: CompiledKernel) -> KernelResources:
    """The resources of a compiled kernel, through memory."""
    return read_resources(kernel.cubin, kernel.ptx.encode(), shared_bytes=kernel.shared_bytes)


@pytest.mark.parametrize(("capability", "opcode"), [(80, "HMMA"), (90, "HGMMA")])
def test_a_matrix_product_runs_on_the_tensor_cores(capability: int, opcode: str) -> None:
    found = read(compiled(dot, torch.empty(64, 64, dtype=torch.float16), capability))

    assert ("_dot", capability, 128) == (found.name, found.capability, found.threads)
    assert (opcode,) == found.mma_opcodes
    assert found.mma_instructions > 0
    assert 0 == found.spills
    assert found.shared_bytes >= 2 * 64 * 64 * 2


@pytest.mark.parametrize("capability", [80, 90])
def test_a_tile_too_large_for_its_warp_spills(capability: int) -> None:
    found = read(compiled(spill, torch.empty(128, 128), capability))

    assert found.spill_load_count > 0
    assert found.spill_store_count > 0
    assert found.stack_bytes > 0
    assert 0 == found.mma_instructions


def test_wide_loads_and_their_hints_are_seen_and_narrow_ones_are_told_apart() -> None:
    values = torch.empty(4104, dtype=torch.float16)

    wide = read(compiled(stream, values[:4096], 90))
    narrow = read(compiled(stream, values[1:4097], 90))
    plain = read(compiled(dot, torch.empty(64, 64, dtype=torch.float16), 90))

    assert (1, 1) == (wide.loads, wide.load128)
    assert (1, 1) == (wide.stores, wide.store128)
    assert "L1::evict_first" in wide.cache_hints
    assert () == plain.cache_hints
    assert (8, 0) == (narrow.loads, narrow.load128)


def test_blackwell_kernels_are_read_too() -> None:
    found = read(compiled(dot, torch.empty(64, 64, dtype=torch.float16), 100))

    assert 100 == found.capability
    assert found.mma_instructions > 0


def test_a_kernel_that_asks_for_more_shared_memory_than_the_card_has_does_not_fit() -> None:
    kernel = compiled(stream, torch.empty(4096), 80)

    assert read_resources(kernel.cubin, kernel.ptx.encode(), shared_bytes=163 << 10).fits
    assert not read_resources(kernel.cubin, kernel.ptx.encode(), shared_bytes=(163 << 10) + 1).fits


def test_cubin_and_ptx_of_different_kernels_do_not_belong_together() -> None:
    product = compiled(dot, torch.empty(64, 64, dtype=torch.float16), 80)
    other = compiled(stream, torch.empty(4096), 80)
    later = compiled(stream, torch.empty(4096), 90)

    with pytest.raises(ValueError, match="does not hold the kernel _stream for sm_80"):
        read_resources(product.cubin, other.ptx.encode())
    with pytest.raises(ValueError, match="does not hold the kernel _stream for sm_90"):
        read_resources(other.cubin, later.ptx.encode())


@pytest.mark.parametrize("cubin", [b"", b"no image", b"\x7fELF", b"\x7fELF" + bytes(4096)])
def test_bytes_that_are_no_cubin_are_refused(cubin: bytes) -> None:
    ptx = compiled(stream, torch.empty(4096), 80).ptx.encode()

    with pytest.raises(ValueError, match="cubin"):
        read_resources(cubin, ptx)


def test_a_damaged_cubin_is_refused_or_read_but_never_breaks_the_judge() -> None:
    kernel = compiled(stream, torch.empty(4096), 80)
    for start in range(0, len(kernel.cubin), 997):
        damaged = kernel.cubin[:start] + b"\xff" * 64 + kernel.cubin[start + 64 :]
        try:
            found = read_resources(damaged, kernel.ptx.encode())
        except ValueError:
            continue

        assert "_stream" == found.name


@pytest.mark.parametrize("ptx", [b"", b"\xff\xfe", b".target sm_80\n.visible .entry a(\n.visible .entry b("])
def test_text_that_is_no_triton_ptx_is_refused(ptx: bytes) -> None:
    with pytest.raises(ValueError, match="PTX is not Triton's"):
        read_resources(b"\x7fELF", ptx)


def test_a_reader_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kernel = compiled(stream, torch.empty(4096), 80)
    for name in ("cuobjdump", "nvdisasm"):
        (tmp_path / name).write_text("#!/bin/sh\nwhile :; do :; done\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(resources, "_tools", lambda: tmp_path)
    monkeypatch.setattr(resources, "TOOL_TIMEOUT_S", 0.1)

    with pytest.raises(ValueError, match=r"cuobjdump could not read the cubin within 0\.1 s"):
        read(kernel)


@pytest.mark.parametrize("capability", [75, 90])
def test_products_and_sums_that_the_compiler_fuses_are_counted(capability: int) -> None:
    x = torch.empty(1024)

    assert 8 == read(compiled(fused, x, capability)).fused
    assert 0 == read(compiled(apart, x, capability)).fused
