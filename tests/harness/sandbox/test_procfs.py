"""Tests of what /proc says: of living, stopped, dead and collected processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from harness.sandbox import procfs
from tests.harness.conftest import until

Run = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def run() -> Iterator[Run]:
    """Start a process in a session of its own that is killed with all its children afterwards."""
    with ExitStack() as stack:

        def start(*line: str) -> subprocess.Popen[bytes]:
            process = stack.enter_context(subprocess.Popen(line, start_new_session=True))
            stack.callback(end, process)
            return process

        yield start


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def sleeper(run: Run) -> int:
    return run("sleep", "60").pid


@pytest.fixture
def gone(run: Run) -> int:
    process = run("true")
    process.wait()
    return process.pid


def test_a_process_that_is_gone_is_no_error(gone: int) -> None:
    procfs.signal_quietly(gone, 0)

    assert gone not in procfs.all_pids()
    assert procfs.state(gone) is None
    assert procfs.parent(gone) is None
    assert procfs.pid_namespace(gone) is None
    assert [] == procfs.threads(gone)
    assert (0, 0) == (procfs.cpu_ns(gone), procfs.memory_bytes(gone))
    assert set() == procfs.descendants(gone)
    assert set() == procfs.children(gone)


def test_a_living_process_is_found_from_every_side(sleeper: int) -> None:
    own = procfs.pid_namespace(os.getpid())

    assert sleeper in procfs.all_pids()
    assert os.getpid() == procfs.parent(sleeper)
    assert own == procfs.pid_namespace(sleeper)
    assert sleeper in procfs.children(os.getpid())
    assert {sleeper, os.getpid()} <= procfs.descendants(os.getpid())
    assert {sleeper, os.getpid()} <= procfs.tree(os.getpid())
    assert [sleeper] == procfs.threads(sleeper)
    assert procfs.memory_bytes(sleeper) > 0


def test_a_process_stands_only_while_it_is_stopped(sleeper: int) -> None:
    until(lambda: procfs.state(sleeper) == "S")
    before = procfs.stands(sleeper)
    procfs.signal_quietly(sleeper, signal.SIGSTOP)
    until(lambda: procfs.stands(sleeper))
    stopped, state = procfs.stands(sleeper), procfs.state(sleeper)
    procfs.signal_quietly(sleeper, signal.SIGCONT)
    until(lambda: not procfs.stands(sleeper))

    assert not before
    assert (True, "T") == (stopped, state)
    assert not procfs.stands(sleeper)


def test_one_running_thread_is_enough_for_not_standing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for thread, state in ((7, "T"), (8, "S")):
        (tmp_path / f"proc/7/task/{thread}").mkdir(parents=True)
        (tmp_path / f"proc/7/task/{thread}/stat").write_text(f"{thread} (x) {state} 1 7 7")
    monkeypatch.setattr("harness.sandbox.procfs.Path", lambda path: tmp_path / path.lstrip("/"))
    monkeypatch.setattr("harness.sandbox.procfs.threads", lambda pid: [7, 8])
    running = procfs.stands(7)
    (tmp_path / "proc/7/task/8/stat").write_text("8 (x) t 1 7 7")

    assert not running
    assert procfs.stands(7)


def test_a_dead_process_that_nobody_collected_counts_nowhere(run: Run) -> None:
    process = run("true")
    until(lambda: procfs.state(process.pid) == "Z")

    assert "Z" == procfs.state(process.pid)
    assert process.pid not in procfs.descendants(os.getpid())
    assert process.pid not in procfs.tree(os.getpid())
    assert procfs.stands(process.pid)


def test_a_name_with_spaces_and_parentheses_hides_nothing(run: Run, tmp_path: Path) -> None:
    program = tmp_path / "a) R (b 1"
    shutil.copy("/bin/sleep", program)
    pid = run(str(program), "60").pid
    until(lambda: procfs.state(pid) == "S")

    assert "S" == procfs.state(pid)
    assert os.getpid() == procfs.parent(pid)


def test_an_orphan_belongs_to_its_root_by_their_session(run: Run, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    root = run("sh", "-c", f"(sleep 60 & echo $! > {note}); exec sleep 60").pid
    until(lambda: note.exists() and note.read_text().endswith("\n"))
    orphan = int(note.read_text())
    until(lambda: procfs.parent(orphan) != root)

    assert orphan not in procfs.children(root)
    assert {root, orphan} == procfs.descendants(root)


def test_a_grandchild_in_another_session_is_a_descendant(run: Run, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    root = run("sh", "-c", f"setsid sh -c 'echo $$ > {note}; exec sleep 60' & wait").pid
    until(lambda: note.exists() and note.read_text().endswith("\n"))
    grandchild = int(note.read_text())
    found = procfs.descendants(root)
    procfs.signal_quietly(grandchild, signal.SIGKILL)

    assert grandchild in found
    assert os.getpid() not in found


def test_a_session_that_a_root_did_not_make_is_not_its_own(sleeper: int) -> None:
    child = subprocess.Popen([sys.executable, "-Sc", "input()"], stdin=subprocess.PIPE)
    found = procfs.descendants(child.pid)
    child.communicate(b"\n")

    assert {child.pid} == found


def test_the_time_of_a_process_grows_while_it_works_and_not_while_it_stands(run: Run) -> None:
    spinner = run("sh", "-c", "while :; do :; done").pid
    until(lambda: procfs.cpu_ns(spinner) > 20_000_000)
    procfs.signal_quietly(spinner, signal.SIGSTOP)
    until(lambda: procfs.stands(spinner))
    stopped_ns = procfs.cpu_ns(spinner)
    time.sleep(0.05)

    assert stopped_ns > 20_000_000
    assert stopped_ns == procfs.cpu_ns(spinner)


def test_a_listing_of_processes_may_be_missing(tmp_path: Path) -> None:
    (tmp_path / "cgroup.procs").write_text("12\n345\n")

    assert [12, 345] == procfs.readable_pids(tmp_path / "cgroup.procs")
    assert [] == procfs.readable_pids(tmp_path / "nowhere")
