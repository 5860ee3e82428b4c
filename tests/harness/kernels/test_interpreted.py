"""Interpreted kernels in a real guest: values, bytes by tensor and line, stray addresses, decoys, and refusals."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import triton

from harness.errors import SubmissionFault
from harness.kernel_parts import Interpreted, Interpreting, KernelAccess, KernelLaunch, KernelMemory
from harness.kernels.interpreted import Run, read_run, refuse_decoy
from harness.plan import Limits
from harness.readings import Cause
from harness.sandbox.guest_root import guest_files
from harness.sandbox.modes import Modes
from harness.sandbox.probe import probe_isolation
from harness.sandbox.process import GuestProcess
from harness.sandbox.session import Session
from harness.sandbox.staging import Argument, Expected

SOURCE = Path(__file__).with_name("kernels_to_interpret.py").read_text()
FUNCTIONS = [one.name for one in ast.parse(SOURCE).body if isinstance(one, ast.FunctionDef) and not one.decorator_list]
LIMITS = Limits(call_s=60.0, load_s=60.0, memory_mib=2048, processes=64, payload_mib=8, file_mib=16)
N = 1000

Interpret = Callable[..., Run]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One guest that has imported every kernel of this file's neighbour."""
    base = tmp_path_factory.mktemp("interpreted")
    folder, cache = base / "submission", base / "cache"
    folder.mkdir()
    cache.mkdir()
    (folder / "entry.py").write_text(SOURCE)
    isolation, _ = probe_isolation()
    files = guest_files(folder, cache, 0, (0,))
    for above in (base, *list(base.parents)[:2]):
        above.chmod(0o755)
    if os.geteuid() == 0 and isolation == "bubblewrap":
        os.chown(cache, files.uid, files.uid)
    with GuestProcess("interpreted", files, LIMITS, isolation=isolation, modes=Modes(interpret=True)) as guest:
        guest.await_ready()
        made = Session(guest, torch.Generator().manual_seed(0))
        made.load("entry.py", [name for name in FUNCTIONS if not name.startswith("_")], LIMITS.load_s)
        yield made


@pytest.fixture
def interpret(session: Session) -> Interpret:
    def run(
        function: str, *arguments: Argument, shape: tuple[int, ...] = (N,), dtype: torch.dtype = torch.float32,
        **how: int | bool,
    ) -> Run:  # fmt: skip
        promised = [Expected(shape, dtype)]
        answer, outputs = session.interpret(function, arguments, promised, Interpreting(**how), 60.0)

        assert answer.unsupported is None
        return read_run(answer, outputs)

    return run


def line_of(text: str) -> int:
    """The line of the kernels' file that holds this text; it must be the only one."""
    (number,) = [number for number, line in enumerate(SOURCE.splitlines(), 1) if text in line]
    return number


def test_a_sum_is_right_and_moves_twelve_bytes_an_element(interpret: Interpret) -> None:
    x, y = torch.randn(N), torch.randn(N)

    run = interpret("add", x, y)

    assert torch.equal(x + y, run.outputs[0])
    assert (8 * N, 4 * N) == (run.traffic.load_bytes, run.traffic.store_bytes)
    assert (8 * N, 4 * N) == (run.traffic.requested_load_bytes, run.traffic.requested_store_bytes)
    assert (1.0,) == run.written
    assert () == run.operators
    assert () == run.notes


def test_a_launch_is_told_with_its_grid_and_the_line_of_its_definition(interpret: Interpret) -> None:
    (launch,) = interpret("add", torch.randn(N), torch.randn(N)).launches

    assert ("add_kernel", "entry.py", line_of("def add_kernel")) == (launch.kernel, launch.file, launch.line)
    assert ((16, 1, 1), 16, 1) == (launch.grid, launch.programs, launch.alternatives)


def test_each_access_is_told_with_its_line_and_whose_memory_it_is(interpret: Interpret) -> None:
    run = interpret("add", torch.randn(N), torch.randn(N))
    loads, store = line_of("total = tl.load(x + offsets"), line_of("tl.store(out + offsets, total")

    assert {
        ("load", loads, "x", "argument 0", 4 * N),
        ("load", loads, "y", "argument 1", 4 * N),
        ("store", store, "out", "output 0", 4 * N),
    } == {(one.kind, one.line, one.parameter, one.owner, one.unique_bytes) for one in run.accesses}


def test_an_intermediate_buffer_is_counted_and_named(interpret: Interpret) -> None:
    run = interpret("add_twice", torch.randn(N), torch.randn(N))

    assert 2 == len(run.launches)
    assert 24 * N == run.traffic.total_bytes
    assert {(0, "out", "made inside"), (1, "x", "made inside"), (1, "out", "output 0")} <= {
        (one.launch, one.parameter, one.owner) for one in run.parameters
    }


def test_a_table_that_is_read_again_and_again_counts_once_but_is_requested_often(interpret: Interpret) -> None:
    run = interpret("looked_up", torch.arange(16.0), shape=(256,))

    assert (64, 1024) == (run.traffic.load_bytes, run.traffic.requested_load_bytes)


def test_atomic_and_block_pointer_accesses_count_as_well(interpret: Interpret) -> None:
    x = torch.randn(N)
    atomic, block = interpret("atomic_sum", x, shape=(1,)), interpret("by_block_pointer", x)

    assert torch.allclose(x.sum(), atomic.outputs[0][0], atol=1e-3)
    assert (4 * N + 4, 4) == (atomic.traffic.load_bytes, atomic.traffic.store_bytes)
    assert torch.equal(2 * x, block.outputs[0])
    assert (4 * N, 4 * N) == (block.traffic.load_bytes, block.traffic.store_bytes)


def test_what_no_program_writes_is_poison_and_told(interpret: Interpret) -> None:
    run = interpret("half_written", torch.randn(N), torch.randn(N))

    assert bool(run.outputs[0][N // 2 :].isnan().all())
    assert (0.5,) == run.written


@pytest.mark.parametrize("function", ["out_of_bounds", "hidden_fault"])
def test_an_address_outside_of_every_tensor_fails_with_its_line_even_if_it_is_hidden(
    interpret: Interpret, function: str
) -> None:
    with pytest.raises(SubmissionFault) as caught:
        interpret(function, torch.randn(N))

    assert Cause.ILLEGAL_ACCESS == caught.value.failure.cause
    line = line_of("_twice(tl.load(x + offsets))")
    assert f"no_mask_kernel, entry.py line {line}: a load of 4 bytes" in caught.value.failure.message
    assert f"x of {4 * N} bytes, and the address lies {4 * N} bytes from its start" in caught.value.failure.message


def test_an_error_of_the_kernel_names_kernel_and_line(interpret: Interpret) -> None:
    with pytest.raises(SubmissionFault) as caught:
        interpret("raises", torch.randn(N))

    assert Cause.RUNTIME == caught.value.failure.cause
    assert f"raising_kernel, entry.py line {line_of('+ tl.load(x + wrong)')}: " in caught.value.failure.message


def test_too_many_programs_are_refused_with_their_number(interpret: Interpret) -> None:
    with pytest.raises(SubmissionFault) as caught:
        interpret("add_in_tiny_programs", torch.randn(N), torch.randn(N), most_programs=999)

    assert Cause.TIMEOUT == caught.value.failure.cause
    assert "asks for 1000 programs; at most 999" in caught.value.failure.message


def test_bf16_arithmetic_is_mended_and_the_note_says_so(interpret: Interpret) -> None:
    x, y = (torch.randn(N, dtype=torch.bfloat16) for _ in range(2))
    run = interpret("product_bf16", x, y, dtype=torch.bfloat16)

    assert torch.equal(x * y + 1.5, run.outputs[0])
    assert any("bfloat16 arithmetic" in note for note in run.notes)


def test_a_narrowing_to_bf16_is_rounded_to_nearest_even(interpret: Interpret) -> None:
    ties = torch.tensor([0x3F808000, 0x3F818000, 0x7F7FFFFF, 0x00000001, 0x7FC00001], dtype=torch.int32)
    x = torch.cat((torch.randn(N - 5) * 1e3, ties.view(torch.float32)))
    run = interpret("narrow", x, dtype=torch.bfloat16)

    assert torch.equal(x.to(torch.bfloat16).nan_to_num(7.0), run.outputs[0].nan_to_num(7.0))
    assert any("float32 to bfloat16" in note for note in run.notes)


def test_sums_and_matrix_products_of_bf16_are_mended(interpret: Interpret) -> None:
    x = torch.randn(16, 16, dtype=torch.bfloat16)
    total = interpret("sum_bf16", x, shape=(16,), dtype=torch.bfloat16).outputs[0]
    product = interpret("dot_bf16", x, x, shape=(16, 16)).outputs[0]

    assert torch.allclose(x.float().sum(1), total.float(), rtol=1e-2, atol=1e-2)
    assert torch.allclose(x.float() @ x.float(), product, atol=1e-4)


@pytest.mark.parametrize(
    ("alternative", "grid", "factor"), [(0, 16, 2.0), (1, 32, 2.0), (2, 63, 3.0), (9, 63, 3.0)], ids=str
)
def test_each_configuration_of_a_tuned_kernel_can_be_run(
    interpret: Interpret, alternative: int, grid: int, factor: float
) -> None:
    x = torch.randn(N)
    run = interpret("tuned", x, alternative=alternative)

    assert ((grid, 1, 1), 3) == (run.launches[0].grid, run.launches[0].alternatives)
    assert torch.equal(factor * x, run.outputs[0])


@pytest.mark.parametrize(("function", "words"), [("asm", "inline assembly"), ("rounded", "libdevice")])
def test_what_the_interpreter_cannot_do_is_said_and_is_no_failure(session: Session, function: str, words: str) -> None:
    answer, outputs = session.interpret(
        function, [torch.randn(N)], [Expected((N,), torch.float32)], Interpreting(), 60.0
    )

    assert () == outputs
    assert words in (answer.unsupported or "")


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("decoy", "1000 of 1000 elements of output 0 are the same when the kernels do nothing"),
        ("painted_over", "of the bytes of output 0 are what a kernel stored"),
        ("kept", "kept from an earlier call"),
        ("half_written", "only 50.0 % of the bytes"),
        ("without_kernel", "no Triton kernel was launched"),
    ],
)
def test_an_output_that_is_not_the_kernels_work_is_refused(interpret: Interpret, function: str, words: str) -> None:
    x, y = torch.rand(N) + 1, torch.rand(N) + 1
    run, ghost = interpret(function, x, y), interpret(function, x, y, is_ghost=True)

    with pytest.raises(SubmissionFault) as caught:
        refuse_decoy(run, ghost)

    assert Cause.FORBIDDEN == caught.value.failure.cause
    assert words in caught.value.failure.message


@pytest.mark.parametrize(("function", "shape"), [("add", (N,)), ("add_twice", (N,))])
def test_honest_kernels_are_no_decoys(interpret: Interpret, function: str, shape: tuple[int, ...]) -> None:
    x, y = torch.randn(N), torch.randn(N)

    refuse_decoy(interpret(function, x, y, shape=shape), interpret(function, x, y, shape=shape, is_ghost=True))


def test_torch_work_beside_the_kernel_is_seen(interpret: Interpret) -> None:
    assert ("aten.mul_.Tensor",) == interpret("painted_over", torch.randn(N), torch.randn(N)).operators


HUGE = (1 << 31) + 4096 * 5 + 7


def test_a_tensor_too_large_for_this_machine_is_reached_by_64_bit_offsets(session: Session) -> None:
    form = torch.empty(HUGE, dtype=torch.float16, device="meta")
    run = read_run(session.reach("copied", [form], Interpreting(reach=8), 60.0), ())

    assert [(HUGE + 4095) // 4096] == [one.programs for one in run.launches]
    assert [2 * (7 * 4096 + 7)] * 2 == [one.requested_bytes for one in run.accesses]


def test_an_offset_that_overflows_32_bits_is_an_illegal_access(session: Session) -> None:
    form = torch.empty(HUGE, dtype=torch.float16, device="meta")
    with pytest.raises(SubmissionFault) as caught:
        session.reach("copied_in_32_bits", [form], Interpreting(reach=8), 60.0)

    assert Cause.ILLEGAL_ACCESS == caught.value.failure.cause
    assert "narrow_offsets_kernel, entry.py line" in caught.value.failure.message
    assert "before its start" in caught.value.failure.message


@pytest.mark.parametrize("function", ["copied", "copied_in_32_bits", "add"])
def test_what_fits_into_32_bits_is_reached_in_any_way(session: Session, function: str) -> None:
    forms = [torch.empty(1 << 30, device="meta")] * (2 if function == "add" else 1)

    assert 1 == len(session.reach(function, forms, Interpreting(reach=8), 60.0).launches)


def test_values_are_right_after_a_reach_in_the_same_guest(session: Session, interpret: Interpret) -> None:
    session.reach("copied", [torch.empty(HUGE, device="meta")], Interpreting(reach=4), 60.0)
    x = torch.randn(N)

    assert torch.equal(x, interpret("copied", x).outputs[0])


def test_a_guest_interprets_with_the_triton_that_is_tested(interpret: Interpret) -> None:
    found = interpret("versions", shape=(2,), dtype=torch.int64).outputs[0]

    assert triton.__version__.startswith(f"{found[0]}.{found[1]}.")


def test_a_fused_product_and_sum_is_rounded_once(interpret: Interpret) -> None:
    x = 1 + torch.rand(N) * 1e-3
    y = 1 / x
    run = interpret("fused", x, y)

    assert torch.equal((x.double() * y.double() - 1).float(), run.outputs[0])
    assert not torch.equal(x * y - 1, run.outputs[0])
    assert any("tl.fma" in note for note in run.notes)


@pytest.mark.parametrize(("function", "factor"), [("by_descriptor", 2), ("by_given_descriptor", 1)])
def test_accesses_by_descriptor_count_as_well(interpret: Interpret, function: str, factor: int) -> None:
    x = torch.randn(8, 64)
    run = interpret(function, x, shape=(8, 64))

    assert torch.equal(factor * x, run.outputs[0])
    assert (x.nbytes, x.nbytes) == (run.traffic.load_bytes, run.traffic.store_bytes)
    assert ["argument 0", "output 0"] == sorted(one.owner for one in run.parameters)


def test_a_kernel_behind_a_registered_operator_is_entered(session: Session, interpret: Interpret) -> None:
    x, y = torch.randn(N), torch.randn(N)
    honest, decoy = interpret("add_by_operator", x, y), interpret("decoy_by_operator", x, y)
    form = torch.empty(HUGE, dtype=torch.float16, device="meta")

    assert torch.equal(x + y, honest.outputs[0])
    assert ((), ("aten.add.Tensor",)) == (honest.operators, decoy.operators)
    assert ["add_kernel"] == [one.kernel for one in decoy.launches]
    assert ["wide_kernel"] == [
        one.kernel for one in session.reach("copied_by_operator", [form], Interpreting(reach=4), 60.0).launches
    ]


def test_a_wrapper_that_wants_a_gpu_is_told_where_it_runs(interpret: Interpret) -> None:
    with pytest.raises(SubmissionFault) as caught:
        interpret("on_a_gpu", torch.randn(N))

    assert "make new tensors on the device of the inputs" in caught.value.failure.message


LAUNCH, MEMORY = KernelLaunch("k", "a.py", 1, (1, 1, 1), 1), KernelMemory(0, "x", "argument 0", 4, 0, 0)
ACCESS = KernelAccess(0, 0, "load", "a.py", 2, 4, 4)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"written_bytes": ()}, "0 counts of written bytes for 1 outputs"),
        ({"launches": ()}, "belongs to no launch"),
        ({"memories": ()}, "belongs to no tensor"),
        ({"accesses": (replace(ACCESS, launch=1),)}, "belongs to no launch"),
        ({"accesses": (replace(ACCESS, memory=1),)}, "belongs to no tensor"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_answer_whose_parts_do_not_belong_together_is_refused(changes: dict[str, Any], words: str) -> None:
    answer = Interpreted(1, (), (4,), (LAUNCH,), (MEMORY,), (ACCESS,), (), (), None)

    assert 4 == read_run(answer, [torch.zeros(1)]).traffic.total_bytes
    with pytest.raises(ValueError, match=words):
        read_run(replace(answer, **changes), [torch.zeros(1)])


@pytest.mark.parametrize("count", [1000, 1024])
def test_the_language_is_interpreted_whole(interpret: Interpret, count: int) -> None:
    x = torch.randint(0, 256, (count,), dtype=torch.uint8)
    run = interpret("many_features", x, shape=(2 * count,), dtype=torch.bfloat16)
    nibbles = torch.stack((x >> 4, x & 15), dim=1).flatten()

    assert torch.equal((6 * nibbles.float() + 1).to(torch.bfloat16), run.outputs[0])
    assert (count, 4 * count) == (run.traffic.load_bytes, run.traffic.store_bytes)


def test_programs_that_write_the_same_elements_or_read_anothers_race(interpret: Interpret) -> None:
    x = torch.randn(N)
    overlapping, chained = interpret("overlapping", x), interpret("chained", x)

    assert torch.equal(x, overlapping.outputs[0])
    # Ten programs of 128 elements begin 100 apart: 28 of each two neighbours' are the same.
    assert {("x", 0), ("out", 9 * 28 * 4)} == {(one.parameter, one.raced_bytes) for one in overlapping.parameters}
    # Seven of eight blocks are read by the next program; the last one is short.
    assert 7 * 128 * 4 == chained.raced_bytes


def test_programs_that_keep_apart_or_use_atomics_do_not_race(interpret: Interpret) -> None:
    x = torch.randn(N)

    assert 0 == interpret("add", x, x).raced_bytes
    assert 0 == interpret("atomic_sum", x, shape=(1,)).raced_bytes
    assert 0 == interpret("looked_up", torch.arange(16.0), shape=(256,)).raced_bytes
