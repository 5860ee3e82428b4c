"""The fixture `world` in hidden tests, with real ranks: a submission, its reference, a fresh world after a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.outcomes import CheckOutcome, Verdict
from harness.plan import CheckPlan, GradingPlan, Limits
from harness.plugin.run import run_hidden_tests
from harness.readings import Cause

TESTS = '''
"""Hidden tests of a mean over ranks."""
import pytest
import torch
from harness.sandbox.staging import Expected

FORM = Expected((1,), torch.float32)


@pytest.mark.check("raises")
def test_raises(world):
    world("raising", [(torch.ones(1),), (torch.ones(1),)], FORM)


@pytest.mark.check("mean")
def test_mean(world):
    values = [(torch.tensor([1.0]),), (torch.tensor([5.0]),)]
    expected = world.reference("mean", [(torch.tensor([1.0, 5.0]),)], FORM).outputs[0][0]
    for (got,) in world("mean", values, FORM).outputs:
        assert torch.equal(expected, got), "the mean is not that of all ranks"
'''
DRIVER = '''
"""Calls the submission on each rank."""
import torch.distributed as dist


def mean(load, x):
    return load().mean(x).reshape(1)


def raising(load, x):
    if dist.get_rank() == 1:
        raise ValueError("no such luck")
    dist.barrier()
'''
RIGHT = """
import torch.distributed as dist

def mean(x):
    y = x.mean()
    dist.all_reduce(y)
    return y / dist.get_world_size()
"""


def outcomes(tmp_path: Path, text: str) -> dict[str, CheckOutcome]:
    """Grade a submission of this text by the tests above."""
    for folder, name, content in (
        ("hidden_tests", "test_all.py", TESTS), ("hidden_tests", "baseline.py", RIGHT),
        ("driver", "driver.py", DRIVER), ("submission", "mean.py", text),
    ):  # fmt: skip
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text(content)
    limits = Limits(wall_s=120, load_s=60, call_s=20, memory_mib=4096, processes=256, payload_mib=8, file_mib=16)
    plan = GradingPlan(
        hidden_tests=tmp_path / "hidden_tests", submission=tmp_path / "submission", entry_file="mean.py",
        function=None, driver=tmp_path / "driver", checks=tuple(map(CheckPlan, ("raises", "mean"))),
        limits=limits, lanes=frozenset({"cpu"}), seed=bytes(32),
    )  # fmt: skip
    return {one.check: one for one in run_hidden_tests(plan, lambda _: None).outcomes}


@pytest.mark.graded
def test_a_fresh_world_follows_one_that_failed_and_agrees_with_the_reference(tmp_path: Path) -> None:
    found = outcomes(tmp_path, RIGHT)
    failure = found["raises"].failure

    assert failure is not None and Cause.RUNTIME == failure.cause
    assert failure.message.startswith("rank 1: ValueError")
    assert Verdict.PASSED == found["mean"].verdict


@pytest.mark.graded
def test_a_mean_of_one_rank_alone_is_refused(tmp_path: Path) -> None:
    found = outcomes(tmp_path, RIGHT.replace("    dist.all_reduce(y)\n", "    y = y * 2\n"))

    assert Verdict.FAILED == found["mean"].verdict
    failure = found["mean"].failure
    assert failure is not None and Cause.VALUES == failure.cause
