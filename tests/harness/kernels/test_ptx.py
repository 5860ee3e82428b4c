"""What PTX says of itself, line by line: real kernels, and texts that are none."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import triton
import triton.language as tl
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.inside.triton_launches import CompiledKernel, capture_launches, compile_launches
from harness.kernels import ptx
from harness.kernels.ptx import InlineAsm, LineAccess, inline_assembly, opcodes, read_ptx

ADD = """{
    .reg .b32 t;   // a comment; with a semicolon
    add.f32 t, $1, $1;
    @%p mul.f32 $0, t, t;
    }"""


@triton.jit
def _hinted(pointer: tl.tensor, at: tl.tensor, mask: tl.tensor) -> tl.tensor:
    return tl.load(pointer + at, mask=mask, eviction_policy="evict_first")


@triton.jit
def _stream(x: tl.tensor, table: tl.tensor, y: tl.tensor, n: tl.tensor, size: tl.constexpr) -> None:
    at = tl.program_id(0) * size + tl.arange(0, size)
    value = _hinted(x, at, at < n) * tl.load(table, eviction_policy="evict_last")
    value = tl.inline_asm_elementwise("add.f32 $0, $1, $1;", "=f,f", [value], tl.float32, True, 1)
    if n < 7:
        value = tl.inline_asm_elementwise("ex2.approx.f32 $0, $1;", "=f,f", [value], tl.float32, True, 1)
    tl.inline_asm_elementwise("lg2.approx.f32 $0, $1;", "=f,f", [value], tl.float32, True, 1)
    tl.store(y + at, value, mask=at < n)


def stream(x: torch.Tensor) -> None:
    """Launches the kernel above."""
    _stream[(4,)](x, torch.empty(1, device="cuda"), torch.empty_like(x), x.numel(), size=1024, num_warps=4)


@pytest.fixture(autouse=True)
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A cache of kernels that no other test has filled."""
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    yield


def compiled(capability: int) -> CompiledKernel:
    (kernel,) = compile_launches(capture_launches(stream, [torch.empty(4096)], capability), capability)
    return kernel


def line_of(text: str) -> int:
    lines, start = inspect.getsourcelines(_stream.fn if "_hinted(x" in text or "tl.store" in text else _hinted.fn)
    return start + next(number for number, line in enumerate(lines) if text in line)


@pytest.mark.parametrize("capability", [75, 80, 90, 100])
def test_each_access_has_its_line_its_width_and_its_policy(capability: int) -> None:
    found = read_ptx(compiled(capability).ptx.encode())
    here = Path(__file__).name

    assert ("_stream", capability, 128) == (found.entry, found.capability, found.threads)
    assert {
        LineAccess(here, line_of("tl.load(pointer"), "load", 16, "evict_first", 2),
        LineAccess(here, line_of("_hinted(x"), "load", 4, "evict_last", 1),
        LineAccess(here, line_of("tl.store(y"), "store", 16, "", 2),
    } == set(found.accesses)


def test_assembly_that_comes_through_is_told_with_its_guard_and_the_rest_is_not() -> None:
    kernel = compiled(80)
    found = inline_assembly(read_ptx(kernel.ptx.encode()), kernel.ttir.encode())

    assert [("add.f32 $0, $1, $1;", 8, False), ("ex2.approx.f32 $0, $1;", 8, True)] == [
        (one.text, one.count, one.is_guarded) for one in found
    ]


def test_assembly_that_stands_in_the_ir_alone_is_not_in_the_kernel() -> None:
    kernel = compiled(80)
    without = kernel.ptx.replace("ex2.approx.f32", "mov.b32").encode()

    assert ["add.f32 $0, $1, $1;"] == [one.text for one in inline_assembly(read_ptx(without), kernel.ttir.encode())]


def test_an_expansion_is_compared_by_its_instructions() -> None:
    expanded = ADD.replace("$0", "%r7").replace("$1", "%r8")

    assert ("add.f32", "mul.f32") == opcodes(ADD) == opcodes(expanded)


@pytest.mark.parametrize(
    ("line", "kind", "access_bytes", "policy"),
    [
        ("ld.global.v4.b32 {%r1, %r2, %r3, %r4}, [%rd1];", "load", 16, ""),
        ("@%p1 ld.global.L1::no_allocate.L2::128B.v2.b64 {%rd1, %rd2}, [%rd3];", "load", 16, "no_allocate"),
        ("st.global.L1::evict_last.b16 [%rd1], %rs1;", "store", 2, "evict_last"),
        ("ld.volatile.global.u8 %r1, [%rd1];", "load", 1, ""),
        ("atom.global.gpu.acq_rel.add.f32 %f1, [%rd1], %f2;", "atomic", 4, ""),
        ("red.global.add.noftz.v2.f16x2 [%rd1], {%r1, %r2};", "atomic", 8, ""),
        ("cp.async.cg.shared.global [ %r1 + 0 ], [ %rd1 + 0 ], 0x10, %r2;", "load", 16, ""),
        ("cp.async.ca.shared.global.L2::evict_first [ %r1 + 0 ], [ %rd1 + 0 ], 8;", "load", 8, "evict_first"),
    ],
)  # fmt: skip
def test_every_form_of_access_is_read(line: str, kind: str, access_bytes: int, policy: str) -> None:
    text = f'.target sm_80\n.visible .entry k(\n.reqntid 32\n.loc 1 12 3\n{line}\n.loc 1 0 3\n.file 1 "/a/b.py"\n'

    assert (LineAccess("b.py", 12, kind, access_bytes, policy, 1),) == read_ptx(text.encode()).accesses


def test_a_text_that_is_too_long_or_no_kernel_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"needs one .entry"):
        read_ptx(b"hello")
    monkeypatch.setattr(ptx, "MOST_TEXT_BYTES", 3)
    with pytest.raises(ValueError, match="longer than"):
        read_ptx(b"hello")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([
    ".target sm_80", ".visible .entry k(", ".reqntid 32", ".loc 1 2 3", "// begin inline asm", "// end inline asm", "}",
    "ld.global.v4.b32", "st.global", 'tt.elementwise_inline_asm "a\\', "scf.if {", '"', "\x00\xff", "red.global",
]), max_size=30))  # fmt: skip
def test_rubbish_is_read_or_refused_and_nothing_worse(lines: list[str]) -> None:
    text = "\n".join(lines).encode("utf-8")
    try:
        found = read_ptx(text)
    except ValueError:
        return

    assert all(isinstance(one, InlineAsm) for one in inline_assembly(found, text))
