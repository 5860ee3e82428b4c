"""Tests of the probes: what a decoy shares with its input, and which submissions they tell apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch

from harness.errors import SubmissionFault
from harness.outcomes import Failure
from harness.plugin.probes import Probes
from harness.readings import Cause
from harness.sandbox.session import CallResult
from harness.sandbox.staging import Arguments

Function = Callable[[torch.Tensor], torch.Tensor]


def called(function: Function, seen: list[torch.Tensor]) -> Callable[[Sequence[Arguments]], CallResult]:
    """A session that calls `function` in this process, and keeps what it was called with."""

    def call(batch: Sequence[Arguments]) -> CallResult:
        inputs = [arguments[0] for arguments in batch]
        assert all(isinstance(one, torch.Tensor) for one in inputs)
        seen.extend(one.clone() for one in inputs)
        return CallResult(tuple((function(one),) for one in inputs), 0.0, 0.0, ())

    return call


def probes(*, are_wanted: bool = True) -> Probes:
    return Probes(torch.Generator().manual_seed(1), are_wanted=are_wanted)


@pytest.mark.parametrize(
    "x",
    [torch.randn(8, 64), torch.randn(64, 8).t(), torch.randn(9, 20)[:, ::2], torch.arange(40)],
    ids=["plain", "transposed", "every-second-column", "whole-numbers"],
)
def test_a_decoy_comes_first_and_shares_form_ends_and_sum(x: torch.Tensor) -> None:
    seen: list[torch.Tensor] = []
    probes().around(called(lambda one: one, seen), [(x,)])
    decoy, real, again = seen

    assert torch.equal(real, x)
    assert torch.equal(again, x)
    assert not torch.equal(decoy, x)
    assert (x.shape, x.dtype) == (decoy.shape, decoy.dtype)
    assert torch.equal(decoy.flatten()[[0, -1]], x.flatten()[[0, -1]])
    assert torch.equal(decoy.flatten().sort().values, x.flatten().sort().values)
    assert 2 == int((decoy != x).sum())


def test_results_that_are_kept_by_the_ends_of_an_input_are_the_decoys() -> None:
    kept: dict[float, torch.Tensor] = {}
    x = torch.randn(40)
    result = probes().around(called(lambda one: kept.setdefault(float(one[0]), 2 * one), []), [(x,)])

    assert not torch.equal(2 * x, result.outputs[0][0])


def test_another_answer_to_the_same_inputs_is_a_fault() -> None:
    calls: list[int] = []

    def skips(one: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        return one if len(calls) < 3 else torch.zeros_like(one)

    with pytest.raises(SubmissionFault, match="got different answers") as fault:
        probes().around(called(skips, []), [(torch.randn(30),)])

    assert Cause.VALUES == fault.value.failure.cause


def test_sums_in_another_order_are_the_same_answer() -> None:
    noise = torch.Generator().manual_seed(2)
    call = called(lambda one: one * (1 + 1e-6 * torch.randn(one.shape, generator=noise)), [])

    assert probes().around(call, [(torch.randn(30),)])


def test_a_decoy_that_is_no_valid_input_hurts_nobody() -> None:
    x = torch.arange(30.0)

    def wants_order(one: torch.Tensor) -> torch.Tensor:
        if not torch.equal(one, one.sort().values):
            raise SubmissionFault(Failure(Cause.RUNTIME, "not sorted"))
        return one

    assert torch.equal(x, probes().around(called(wants_order, []), [(x,)]).outputs[0][0])


def test_a_decoy_that_crashes_the_submission_counts() -> None:
    def crashes(_one: torch.Tensor) -> torch.Tensor:
        raise SubmissionFault(Failure(Cause.CRASHED, "gone"))

    with pytest.raises(SubmissionFault, match="gone"):
        probes().around(called(crashes, []), [(torch.randn(30),)])


def test_without_probes_a_call_is_a_call() -> None:
    seen: list[torch.Tensor] = []
    probes(are_wanted=False).around(called(lambda one: one, seen), [(torch.randn(30),)])

    assert 1 == len(seen)


def test_tensors_too_small_or_broadcast_are_left_as_they_are() -> None:
    seen: list[torch.Tensor] = []
    for x in (torch.randn(3), torch.randn(1, 5).expand(4, 5)):
        probes().around(called(lambda one: one, seen), [(x,)])

    assert torch.equal(seen[0], seen[1])
    assert torch.equal(seen[3], seen[4])
