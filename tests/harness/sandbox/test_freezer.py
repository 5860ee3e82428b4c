"""Both ways to stop a guest stop all of it, let it go on, and end it; neither touches anybody else."""

from __future__ import annotations

import os
import time

import pytest
import torch

from harness.errors import SandboxError
from harness.sandbox import procfs
from harness.sandbox.freezer import CgroupFreezer, SignalFreezer
from harness.sandbox.session import Session
from harness.sandbox.staging import Expected
from tests.harness.sandbox.conftest import Start

BUSY_CHILDREN = """
import os, time, torch
def f(a):
    for _ in range(3):
        if os.fork() == 0:
            if os.fork() == 0:
                os.setsid()
                while True: pass
            os._exit(0)
    time.sleep(0.2)
    return a * 1
"""


@pytest.fixture(params=["cgroup", "signals"])
def busy(request: pytest.FixtureRequest, isolation: str, start: Start, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A guest whose double-forked children never rest, stopped by one of the two freezers."""
    if request.param == "signals":
        monkeypatch.setattr(CgroupFreezer, "create", lambda label: None)
    elif (probe := CgroupFreezer.create("probe")) is None:
        pytest.skip("no group can be made here")
    else:
        probe.kill()
    session = start(BUSY_CHILDREN)
    session.call("f", [(torch.ones(3),)], [Expected((3,), torch.float32)], 10.0)
    assert request.param == session.guest.freezer_kind
    return session


def used_ns(pids: set[int]) -> int:
    return sum(procfs.cpu_ns(pid) for pid in pids)


def test_a_stopped_guest_uses_no_cpu_time_and_a_thawed_one_does(busy: Session) -> None:
    members = busy.guest.members()
    first = used_ns(members)
    time.sleep(0.1)
    stopped = used_ns(members) - first
    busy.guest.thaw()
    time.sleep(0.1)
    busy.guest.freeze()

    assert len(members) >= 4
    assert 0 == stopped
    assert used_ns(members) - first > 0


def test_an_ended_guest_leaves_no_process(busy: Session) -> None:
    members = busy.guest.members()
    busy.guest.close()

    assert set() == {pid for pid in members if procfs.state(pid) not in (None, "Z", "X")}


def test_the_judge_itself_is_never_signalled() -> None:
    with pytest.raises(SandboxError, match="refusing to signal"):
        SignalFreezer(os.getpid())


def test_a_process_that_is_gone_is_refused() -> None:
    with pytest.raises(SandboxError, match="refusing to signal"):
        SignalFreezer(2**22 - 1)


def test_a_group_of_a_judge_that_is_gone_is_removed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: 2**22 - 1)
    left = CgroupFreezer.create("left-behind")
    monkeypatch.undo()
    if left is None:
        pytest.skip("no group can be made here")
    folder = left._group
    there = folder.is_dir()
    made = CgroupFreezer.create("next")
    assert made is not None
    made.kill()

    assert there
    assert not folder.exists()


def test_a_group_of_another_containers_judge_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: 2**22 - 1)
    monkeypatch.setattr("harness.sandbox.freezer._pid_namespace", lambda: 1)
    foreign = CgroupFreezer.create("elsewhere")
    monkeypatch.undo()
    if foreign is None:
        pytest.skip("no group can be made here")
    made = CgroupFreezer.create("next")
    assert made is not None
    made.kill()
    stayed = foreign._group.is_dir()
    foreign.kill()

    assert stayed


def test_the_runner_is_told_from_the_init_of_its_sandbox(busy: Session) -> None:
    assert busy.guest.runner != busy.guest._launched.root
    assert busy.guest.runner in busy.guest.members()
