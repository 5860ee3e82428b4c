"""Launches are caught with what Triton needs to compile them, on a machine that has no GPU and no driver."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import triton
import triton.language as tl
from torch._subclasses.fake_tensor import DataDependentOutputException
from triton.tools.tensor_descriptor import TensorDescriptor

from harness.inside import registered
from harness.inside.triton_launches import (
    CaptureError,
    capture_launches,
    capturing,
    compile_launches,
)

CAPABILITIES = (80, 90)


@triton.jit
def _scale(x: tl.tensor, y: tl.tensor, n: tl.tensor, block: tl.constexpr) -> None:
    at = tl.program_id(0) * block + tl.arange(0, block)
    tl.store(y + at, tl.load(x + at, mask=at < n) * 2.0, mask=at < n)


@triton.autotune([triton.Config({"block": 512}, num_warps=2), triton.Config({"block": 1024}, num_warps=8)], key=["n"])
@triton.heuristics({"whole": lambda arguments: arguments["n"] % arguments["block"] == 0})
@triton.jit
def _tuned(x: tl.tensor, n: tl.tensor, block: tl.constexpr, whole: tl.constexpr) -> None:
    at = tl.program_id(0) * block + tl.arange(0, block)
    if whole:
        tl.store(x + at, tl.load(x + at) * 2.0)
    else:
        tl.store(x + at, tl.load(x + at, mask=at < n) * 2.0, mask=at < n)


@triton.jit
def _copy_tile(x: tl.tensor_descriptor, y: tl.tensor_descriptor) -> None:
    y.store([0, 0], x.load([0, 0]))


@triton.jit
def _copy_tile_on_device(x: tl.tensor, y: tl.tensor, m: tl.tensor, n: tl.tensor, size: tl.constexpr) -> None:
    source = tl.make_tensor_descriptor(x, [m, n], [n, 1], [size, size])
    target = tl.make_tensor_descriptor(y, [m, n], [n, 1], [size, size])
    target.store([0, 0], source.load([0, 0]))


def scale(x: torch.Tensor) -> torch.Tensor:
    """A plain wrapper: doubles the elements of `x`."""
    y = torch.empty_like(x)
    _scale[(triton.cdiv(x.numel(), 1024),)](x, y, x.numel(), block=1024, num_warps=8, num_stages=2)
    return y


def test_a_launch_is_recorded_with_types_constants_options_and_grid() -> None:
    (launch,) = capture_launches(scale, [torch.empty(4000, dtype=torch.float16)], 90)

    assert "_scale" == launch.kernel
    assert {"x": "*fp16", "y": "*fp16", "n": "i32", "block": "constexpr"} == launch.signature
    assert {(3,): 1024} == launch.constexprs
    assert (8, 2) == (launch.options["num_warps"], launch.options["num_stages"])
    assert (4, 1, 1) == launch.grid
    assert (0, 0) == (launch.call, launch.alternative)


def test_multiples_of_16_are_told_to_the_compiler_and_others_are_not() -> None:
    aligned = [["tt.divisibility", 16]]

    (whole,) = capture_launches(scale, [torch.empty(4000)], 90)
    (odd,) = capture_launches(scale, [torch.empty(4001)[1:4000]], 90)

    assert [aligned, aligned, aligned] == [whole.attributes[(position,)] for position in range(3)]
    assert [[], aligned, []] == [odd.attributes[(position,)] for position in range(3)]


def test_a_wrapper_that_launches_nothing_gives_an_empty_list() -> None:
    assert [] == capture_launches(lambda x: x * 2, [torch.empty(8)], 90)


def test_an_empty_grid_launches_nothing() -> None:
    assert [] == capture_launches(scale, [torch.empty(0)], 90)


def test_an_autotuned_call_gives_every_configuration_and_the_next_call_a_new_number() -> None:
    def wrapper(x: torch.Tensor) -> None:
        _tuned[lambda arguments: (triton.cdiv(x.numel(), arguments["block"]),)](x, x.numel())
        scale(x)

    launches = capture_launches(wrapper, [torch.empty(1536)], 90)

    assert [(launch.kernel, launch.call, launch.alternative) for launch in launches] == [
        ("_tuned", 0, 0),
        ("_tuned", 0, 1),
        ("_scale", 1, 0),
    ]
    assert [launch.constexprs for launch in launches[:2]] == [
        {(2,): 512, (3,): True},
        {(2,): 1024, (3,): False},
    ]
    assert [2, 8, 8] == [launch.options["num_warps"] for launch in launches]
    assert [3, 2, 2] == [launch.grid[0] for launch in launches]


def test_capturing_an_autotuned_kernel_chooses_no_configuration_for_later() -> None:
    capture_launches(lambda x: _tuned[(1,)](x, 77), [torch.empty(77)], 90)

    assert all(key[0] != 77 for key in _tuned.cache)


def test_descriptors_made_on_the_host_are_compiled_for_both_generations() -> None:
    def wrapper(x: torch.Tensor) -> None:
        y = torch.empty_like(x)
        described = [TensorDescriptor.from_tensor(tensor, [32, 32]) for tensor in (x, y)]
        _copy_tile[(1,)](*described)

    for capability in CAPABILITIES:
        launches = capture_launches(wrapper, [torch.empty(64, 64, dtype=torch.bfloat16)], capability)
        (kernel,) = compile_launches(launches, capability)

        assert "tensordesc<bf16[32, 32]>" == launches[0].signature["x"]
        assert ("cp.async.bulk.tensor" in kernel.ptx) == (capability >= 90)


def test_descriptors_made_on_the_device_are_compiled_for_both_generations() -> None:
    def wrapper(x: torch.Tensor) -> None:
        triton.set_allocator(lambda size, _alignment, _stream: torch.empty(size, dtype=torch.int8, device="cuda"))
        _copy_tile_on_device[(1,)](x, torch.empty_like(x), *x.shape, size=32)

    for capability in CAPABILITIES:
        launches = capture_launches(wrapper, [torch.empty(64, 64, dtype=torch.float16)], capability)
        (kernel,) = compile_launches(launches, capability)

        assert ("cp.async.bulk.tensor" in kernel.ptx) == (capability >= 90)


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_the_wrapper_sees_a_card_of_the_asked_capability(capability: int) -> None:
    seen = {}

    def wrapper(x: torch.Tensor) -> None:
        with torch.cuda.device(x.device):
            seen["capability"] = torch.cuda.get_device_capability(x.device)
        properties = torch.cuda.get_device_properties(torch.cuda.current_device())
        seen["processors"] = properties.multi_processor_count
        seen["on_gpu"] = x.is_cuda and torch.cuda.is_available()
        seen["arch"] = triton.runtime.driver.active.get_current_target().arch

    capture_launches(wrapper, [torch.empty(4)], capability)

    assert seen == {
        "capability": (capability // 10, 0),
        "processors": {80: 108, 90: 132}[capability],
        "on_gpu": True,
        "arch": capability,
    }


def test_host_code_may_index_copy_and_move_tensors() -> None:
    table = torch.arange(16.0)
    real = torch.empty(64, 33)
    seen = []

    def wrapper(x: torch.Tensor) -> None:
        seen.append(x.t().contiguous().stride())
        seen.append((x[1:, None, ::2].stride(), x[5].shape, x[torch.tensor([1, 2], device="cuda")].shape))
        seen.append((x[1:].data_ptr() % 16, x[...].data_ptr() % 16))
        seen.append((table.to(x.device).is_cuda, x.to(torch.float16).dtype, x.cuda() is x))
        padded = x.new_zeros(64, 48)
        padded[:64, :33] = x
        seen.append(padded[:, :33].copy_(x).stride())

    capture_launches(wrapper, [real], 90)

    assert seen == [
        (64, 1),
        (real[1:, None, ::2].stride(), (33,), (2, 33)),
        (4, 0),
        (True, torch.float16, True),
        (48, 1),
    ]


def test_an_error_of_the_wrapper_arrives_as_it_is_with_a_note() -> None:
    def wrapper(x: torch.Tensor) -> None:
        raise LookupError("the wrapper's own words")

    with pytest.raises(LookupError, match="the wrapper's own words") as caught:
        capture_launches(wrapper, [torch.empty(4)], 90)

    assert "fake card of capability 90" in caught.value.__notes__[0]
    assert not isinstance(torch.empty(4), torch._subclasses.FakeTensor)


def test_reading_a_value_on_the_host_is_refused_and_explained() -> None:
    with pytest.raises(DataDependentOutputException) as caught:
        capture_launches(lambda x: scale(x) if x.sum() > 0 else x, [torch.empty(4)], 90)

    assert "no values" in caught.value.__notes__[0]


def test_afterwards_torch_and_triton_are_as_they_were() -> None:
    before = (torch.cuda.is_available(), torch.cuda.current_device, _scale.run.__func__, _tuned.run.__func__)
    driver = triton.runtime.driver._active
    with capturing(80):
        pass

    after = (torch.cuda.is_available(), torch.cuda.current_device, _scale.run.__func__, _tuned.run.__func__)
    assert before == after
    assert triton.runtime.driver._active is driver


def test_a_kernel_compiled_by_hand_is_refused_by_name() -> None:
    with pytest.raises(CaptureError, match=r"_scale.warmup\(\)"):
        capture_launches(lambda x: _scale.warmup(x, x, 4, block=16, grid=(1,)), [torch.empty(4)], 90)


def test_the_interpreter_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_INTERPRET", "1")

    with pytest.raises(CaptureError, match="TRITON_INTERPRET"):
        capture_launches(scale, [torch.empty(4)], 90)


def test_an_unknown_capability_is_refused_with_those_known() -> None:
    with pytest.raises(ValueError, match=r"capability 42.*75, 80"):
        capture_launches(scale, [torch.empty(4)], 42)


@pytest.mark.parametrize(
    "register", [torch.library.custom_op, torch.library.triton_op, "define"], ids=["custom_op", "triton_op", "define"]
)
def test_a_kernel_behind_a_registered_operator_is_caught(
    monkeypatch: pytest.MonkeyPatch, register: Callable[..., Any] | str
) -> None:
    monkeypatch.setattr(torch.library.Library, "impl", torch.library.Library.impl)
    registered.remember(str(Path(__file__).parent))
    name = f"test_triton_launches::{getattr(register, '__name__', register)}"
    if callable(register):
        operator = register(name, mutates_args=(), schema="(Tensor x) -> Tensor")(scale)
    else:
        torch.library.define(name, "(Tensor x) -> Tensor")
        torch.library.impl(name, "cuda", scale)
        operator = torch.ops.test_triton_launches.define

    assert ["_scale"] == [one.kernel for one in capture_launches(operator, [torch.empty(4000)], 90)]


def test_the_kernels_of_another_library_are_not_entered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.library.Library, "impl", torch.library.Library.impl)
    registered.remember(str(tmp_path))
    operator = torch.library.custom_op("test_triton_launches::foreign", mutates_args=(), schema="(Tensor x) -> Tensor")(
        scale
    )
    operator.register_fake(torch.empty_like)

    assert [] == capture_launches(operator, [torch.empty(4000)], 90)
