"""The fixtures `kernel` and `found` in hidden tests, with real guests: what a check earns, and on whose word."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.outcomes import CheckOutcome, Verdict
from harness.plan import CheckPlan, GradingPlan, Limits
from harness.plugin.run import run_hidden_tests
from harness.readings import Cause, Witness

TESTS = '''
"""Hidden tests of one kernel."""
import pytest
import torch
from harness.findings import Column, Finding
from harness.readings import Witness
from harness.sandbox.staging import Expected


@pytest.mark.check("values")
def test_values(kernel, draw):
    x = torch.randn(100, generator=draw)
    run = kernel.interpret(x, promised=[Expected((100,), torch.float32)])
    assert torch.equal(2 * x, run.outputs[0])


@pytest.mark.check("one-kernel")
def test_one_kernel(kernel, draw):
    run = kernel.refuse_decoy(torch.randn(100, generator=draw), promised=[Expected((100,), torch.float32)])
    assert 1 == len(run.launches)


@pytest.mark.check("traffic")
def test_traffic(kernel, draw, found):
    run = kernel.interpret(torch.randn(100, generator=draw), promised=[Expected((100,), torch.float32)])
    kernel.tell_traffic(run)
    kernel.tell_prediction(run.traffic.total_bytes, "100 elements")
    found(Finding("mine", "a table of the author", (Column("n", "count"),), ((1,),), Witness.JUDGE))


@pytest.mark.check("compiles")
def test_compiles(kernel):
    (one,) = found = kernel.compile(torch.empty(1 << 20, device="meta"), capabilities=(80,))
    kernel.tell_resources(found)
    assert 0 == one.spills


@pytest.mark.check("reach")
def test_reach(kernel):
    (launch,) = kernel.reach(torch.empty(1 << 33, device="meta"))
    assert 1 << 26 == launch.programs
'''
SUBMISSION = '''
"""Twice a tensor."""
import torch
import triton
import triton.language as tl


@triton.jit
def twice_kernel(x, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + at, {expression}, mask=at < n)


def twice(x):
    out = torch.empty_like(x)
    twice_kernel[(triton.cdiv(x.numel(), 128),)](x, out, x.numel(), BLOCK=128)
    return {returned}
'''
IDS = ("values", "one-kernel", "traffic", "compiles", "reach")
RIGHT = "2 * tl.load(x + at, mask=at < n)"


def outcomes(tmp_path: Path, expression: str, returned: str = "out") -> dict[str, CheckOutcome]:
    """Grade a kernel that stores `expression` and a wrapper that returns `returned`."""
    text = SUBMISSION.replace("{expression}", expression).replace("{returned}", returned)
    for folder, name, content in (("hidden_tests", "test_all.py", TESTS), ("submission", "twice.py", text)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(content)
    for above in (tmp_path, *list(tmp_path.parents)[:2]):
        above.chmod(0o755)
    plan = GradingPlan(
        hidden_tests=tmp_path / "hidden_tests", submission=tmp_path / "submission", entry_file="twice.py",
        function="twice", checks=tuple(CheckPlan(name) for name in IDS), limits=Limits(payload_mib=4),
        lanes=frozenset({"cpu"}), seed=bytes(32),
    )  # fmt: skip
    return {one.check: one for one in run_hidden_tests(plan, lambda _: None).outcomes}


@pytest.mark.graded
def test_an_honest_kernel_passes_on_the_word_of_the_guest_and_its_findings_are_kept(tmp_path: Path) -> None:
    seen = outcomes(tmp_path, RIGHT)
    source = f"tl.store(out + at, {RIGHT}, mask=at < n)"
    line = SUBMISSION.splitlines().index("    tl.store(out + at, {expression}, mask=at < n)") + 1
    traffic, prediction, mine = seen["traffic"].findings

    assert {Verdict.PASSED} == {one.verdict for one in seen.values()}
    assert {Witness.GUEST} == {one.evidence for one in seen.values()}
    assert (
        (line, source, "twice_kernel", "load", "x (argument 0)", 400, 400, 50.0),
        (line, source, "twice_kernel", "store", "out (output 0)", 400, 400, 50.0),
    ) == traffic.rows
    assert ("predicted_times", "mine") == (prediction.name, mine.name)
    assert [("twice_kernel", 80)] == [row[:2] for row in seen["compiles"].findings[0].rows]


@pytest.mark.graded
def test_a_decoy_is_forbidden_and_its_values_are_right(tmp_path: Path) -> None:
    seen = outcomes(tmp_path, RIGHT, returned="x + x")
    failure = seen["one-kernel"].failure

    assert Verdict.PASSED == seen["values"].verdict
    assert failure is not None
    assert Cause.FORBIDDEN == failure.cause


@pytest.mark.graded
def test_inline_assembly_without_a_fallback_is_not_measured(tmp_path: Path) -> None:
    asm = (
        'tl.inline_asm_elementwise("add.f32 $0, $1, $1;", "=f,f", [tl.load(x + at, mask=at < n)], tl.float32, True, 1)'
    )
    seen = outcomes(tmp_path, asm)

    assert Verdict.NOT_MEASURED == seen["values"].verdict
    assert "runs inline assembly" in str(seen["values"].reason)
    assert Verdict.PASSED == seen["compiles"].verdict
