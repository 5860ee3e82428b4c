"""Worlds of real ranks: what they sum up, and what is said of one that dies, hangs, raises or lies."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from harness.errors import SubmissionFault
from harness.plan import Limits
from harness.readings import Cause
from harness.sandbox.modes import Modes
from harness.sandbox.staging import Expected
from harness.sandbox.world import World, WorldResult
from tests.harness.sandbox.conftest import Start

LIMITS = Limits(call_s=6.0, load_s=60.0, memory_mib=4096, processes=256, payload_mib=8, file_mib=16)
TEXT = """
import os, signal, socket, time
import torch
import torch.distributed as dist


def total(x):
    y = x.clone()
    dist.all_reduce(y)
    return y, torch.tensor([dist.get_rank(), dist.get_world_size()])


def trouble(x, rank, how):
    if dist.get_rank() == rank:
        if how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "exit":
            os._exit(3)
        if how == "raises":
            raise ValueError("no such luck")
        if how == "hangs":
            time.sleep(600)
        if how == "lies":
            return x[:1]
        if how == "slow":
            time.sleep(1.0)
        if how == "forges":
            forge()
    if how != "lies":
        dist.all_reduce(x.clone())
    return x


def forge():
    from harness import wire
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            connection = socket.socket(fileno=os.dup(number))
        except OSError:
            continue
        if connection.family == socket.AF_UNIX:
            wire.Channel(connection).send(wire.Done(7, (), ()))
"""


def world_of(start: Start, size: int = 2, text: str = TEXT) -> World:
    session = start(text, "", limits=LIMITS, modes=Modes(ranks=size))
    session.load("entry.py", ["total", "trouble"], LIMITS.load_s)
    return World(session, size)


def totals(world: World, *values: float) -> WorldResult:
    promised = [Expected((3,), torch.float32), Expected((2,), torch.int64)]
    return world.call("total", [(torch.full((3,), value),) for value in values], promised, LIMITS.call_s)


def trouble(world: World, rank: int, how: str) -> WorldResult:
    arguments = [(torch.randn(2), rank, how)] * world.size
    return world.call("trouble", arguments, [Expected((2,), torch.float32)], LIMITS.call_s)


def fault_of(world: World, rank: int, how: str) -> SubmissionFault:
    with pytest.raises(SubmissionFault) as caught:
        trouble(world, rank, how)
    assert world.is_over and not world.session.guest.is_alive
    return caught.value


@pytest.mark.graded
def test_every_rank_gets_its_own_arguments_and_the_sum_of_all(isolation: str, start: Start) -> None:
    world = world_of(start, 3)
    for _ in range(2):
        outputs = totals(world, 1.0, 10.0, 100.0).outputs

        for number, (total, place) in enumerate(outputs):
            assert [111.0] * 3 == total.tolist()
            assert [number, 3] == place.tolist()


@pytest.mark.graded
@pytest.mark.parametrize(
    ("how", "cause", "message"),
    [
        ("killed", Cause.CRASHED, "rank 1 was ended by SIGKILL"),
        ("exit", Cause.CRASHED, "rank 1 ended itself with exit status 3"),
        ("raises", Cause.RUNTIME, "rank 1: ValueError: no such luck"),
        ("lies", Cause.SHAPE, "rank 1: the output has the wrong shape"),
        ("forges", Cause.PROTOCOL, "rank 1 broke the protocol: it answered something that it was not asked"),
    ],
)
def test_a_rank_in_trouble_takes_its_world_down_at_once_and_is_named(
    isolation: str, start: Start, how: str, cause: Cause, message: str
) -> None:
    world = world_of(start)
    began = time.monotonic()
    fault = fault_of(world, 1, how)

    assert cause == fault.failure.cause
    assert message in fault.failure.message
    assert time.monotonic() - began < LIMITS.call_s / 2


@pytest.mark.graded
def test_a_rank_that_raises_shows_its_own_traceback(isolation: str, start: Start) -> None:
    fault = fault_of(world_of(start), 0, "raises")

    assert "rank 0: ValueError: no such luck" == fault.failure.message
    assert 'raise ValueError("no such luck")' in (fault.failure.trace or "")


@pytest.mark.graded
def test_a_rank_that_hangs_is_named_within_the_deadline_with_the_place_where_it_stands(
    isolation: str, start: Start
) -> None:
    world = world_of(start)
    began = time.monotonic()
    fault = fault_of(world, 1, "hangs")

    assert time.monotonic() - began < LIMITS.call_s + 1.0
    assert Cause.TIMEOUT == fault.failure.cause
    assert fault.failure.message.startswith("rank 1 gave no answer within 5 s")
    assert "in trouble" in (fault.failure.trace or "") and "all_reduce" in (fault.failure.trace or "")


@pytest.mark.graded
def test_the_clock_is_that_of_the_slowest_rank(isolation: str, start: Start) -> None:
    world = world_of(start)

    assert trouble(world, 0, "nothing").wall_s < 0.9
    assert 1.0 <= trouble(world, 0, "slow").wall_s < 4.0


@pytest.mark.graded
def test_two_worlds_at_a_time_do_not_meet(isolation: str, start: Start) -> None:
    worlds = [world_of(start), world_of(start)]
    with ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda one: totals(one[1], 1.0, 10.0 ** one[0]), enumerate(worlds, start=1)))

    assert [[11.0] * 3, [101.0] * 3] == [result.outputs[0][0].tolist() for result in results]


@pytest.mark.graded
def test_a_world_without_a_sandbox_works_the_same(start: Start) -> None:
    session = start(TEXT, "", limits=LIMITS, isolation="process", modes=Modes(ranks=2))
    session.load("entry.py", ["total"], LIMITS.load_s)

    assert [3.0] * 3 == totals(World(session, 2), 1.0, 2.0).outputs[1][0].tolist()


@pytest.mark.graded
def test_a_world_takes_the_arguments_of_all_its_ranks_and_no_more(isolation: str, start: Start) -> None:
    with pytest.raises(ValueError, match="2 ranks was given the arguments of 1"):
        totals(world_of(start), 1.0)
