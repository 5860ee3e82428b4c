"""What a guest may do wrong, and the cause that each gets, within its deadline and with nothing left behind."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import torch

from harness.errors import SubmissionFault
from harness.plan import Limits
from harness.readings import Cause
from harness.sandbox import procfs
from harness.sandbox.freezer import group_prefix
from harness.sandbox.session import Session
from harness.sandbox.staging import Expected
from tests.harness.sandbox.conftest import SMALL, Start

ONE = [Expected((3,), torch.float32)]
HEAD = "import os, sys, time, signal, threading, ctypes, torch\n"


def cause_of(session: Session, deadline_s: float = 10.0) -> tuple[Cause, str]:
    with pytest.raises(SubmissionFault) as fault:
        session.call("f", [(torch.ones(3),)], ONE, deadline_s)
    return fault.value.failure.cause, fault.value.failure.message


@pytest.mark.parametrize(
    ("body", "cause", "words"),
    [
        ("os._exit(0)", Cause.CRASHED, "exit status 0"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", Cause.CRASHED, "SIGSEGV"),
        ("os.abort()", Cause.CRASHED, "SIGABRT"),
        ("raise SystemExit(0)", Cause.RUNTIME, "SystemExit"),
        ("raise ValueError('no')", Cause.RUNTIME, "ValueError: no"),
        ("return None", Cause.DTYPE, "NoneType"),
        ("return [a]*2", Cause.DTYPE, "a list of 2"),
        ("return torch.nn.Parameter(a)", Cause.DTYPE, "Parameter"),
        ("return a.double()", Cause.DTYPE, "dtype"),
        ("return torch.ones(4)", Cause.SHAPE, "shape"),
        ("return torch.ones(3, device='meta')", Cause.DEVICE, "device"),
        ("a[1] = 7.0; return a * 1", Cause.INPUT_MUTATED, "argument 0"),
        ("torch.ones(1 << 40); return a", Cause.OUT_OF_MEMORY, "allocate memory"),
    ],
)
def test_a_fault_gets_its_own_cause(isolation: str, start: Start, body: str, cause: Cause, words: str) -> None:
    session = start(f"{HEAD}def f(a):\n    {body}\n")
    found, message = cause_of(session)

    assert cause == found
    assert words in message


def test_a_call_that_hangs_is_a_timeout_within_its_deadline(isolation: str, start: Start) -> None:
    session = start(f"{HEAD}def f(a):\n    while True: pass\n")
    found, message = cause_of(session, deadline_s=1.0)

    assert Cause.TIMEOUT == found
    assert "1 s" in message
    assert not session.guest.is_alive


def test_a_hog_of_memory_is_ended(isolation: str, start: Start) -> None:
    limits = Limits(memory_mib=600, payload_mib=8)
    session = start(
        f"{HEAD}def f(a):\n    kept = []\n    while True: kept.append(bytearray(os.urandom(1 << 20)) * 16)\n",
        limits=limits,
    )
    found, message = cause_of(session, deadline_s=30.0)

    assert Cause.OUT_OF_MEMORY == found
    assert "600 MiB" in message


def test_a_flood_of_output_ends_in_an_error_of_its_own(isolation: str, start: Start) -> None:
    session = start(f"{HEAD}def f(a):\n    while True: print('x' * 65536)\n")
    found, message = cause_of(session)

    assert Cause.RUNTIME == found
    assert "File too large" in message


@pytest.mark.parametrize(
    "forged",
    [
        "b'\\x00\\x00\\x00\\x02{}'",
        "b'\\xff\\xff\\xff\\xff'",
        "b'\\x00\\x00\\x00\\x10' + b'[' * 16",
        '(lambda b: len(b).to_bytes(4, \'big\') + b)(b\'{"type": "loaded", "nonce": 1}\')',
        '(lambda b: len(b).to_bytes(4, \'big\') + b)(b\'{"type": "loaded", "nonce": NaN}\')',
    ],
)
def test_rubbish_on_the_wire_is_a_protocol_fault(isolation: str, start: Start, forged: str) -> None:
    session = start(
        f"{HEAD}def f(a):\n"
        "    for fd in range(3, 300):\n"
        f"        try: os.write(fd, {forged})\n"
        "        except OSError: pass\n"
        "    return a * 1\n"
    )
    found, _ = cause_of(session)

    assert Cause.PROTOCOL == found


def test_a_frame_that_waits_before_the_question_is_a_protocol_fault(isolation: str, start: Start) -> None:
    session = start(
        f"{HEAD}def f(a):\n"
        "    def later():\n"
        "        time.sleep(0.05)\n"
        "        for fd in range(3, 300):\n"
        "            try: os.write(fd, b'\\0\\0\\0\\2{}')\n"
        "            except OSError: pass\n"
        "    threading.Thread(target=later).start()\n"
        "    return a * 1\n"
    )
    session.call("f", [(torch.ones(3),)], ONE, 10.0)
    session.guest.thaw()
    time.sleep(0.3)
    session.guest.freeze()
    found, message = cause_of(session)

    assert Cause.PROTOCOL == found
    assert "before it was asked" in message


@pytest.mark.parametrize("kind", ["bubblewrap", "process"])
def test_a_double_forked_child_stands_and_ends_with_the_guest(isolation: str, start: Start, kind: str) -> None:
    session = start(
        f"{HEAD}def f(a):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid() if os.fork() == 0 else os._exit(0)\n"
        "        while True: pass\n"
        "    time.sleep(0.2)\n"
        "    return a * 1\n",
        isolation=kind,
    )
    session.call("f", [(torch.ones(3),)], ONE, 10.0)
    members = session.guest.members()
    before = {pid: procfs.cpu_ns(pid) for pid in members}
    time.sleep(0.2)
    after = {pid: procfs.cpu_ns(pid) for pid in members}
    session.guest.close()
    left = {pid for pid in members if procfs.state(pid) not in (None, "Z", "X")}

    assert len(members) >= 2
    assert before == after
    assert set() == left


def test_a_thread_that_fills_the_output_after_the_return_is_too_late(isolation: str, start: Start) -> None:
    session = start(
        f"{HEAD}def f(a):\n"
        "    out = torch.zeros(3)\n"
        "    def work():\n"
        "        time.sleep(0.1)\n"
        "        out.copy_(a)\n"
        "    threading.Thread(target=work).start()\n"
        "    return out\n"
    )
    output = session.call("f", [(torch.ones(3),)], ONE, 10.0).outputs[0][0]
    time.sleep(0.3)

    assert torch.equal(torch.zeros(3), output)


def test_a_fork_bomb_is_bounded(isolation: str, start: Start) -> None:
    session = start(
        f"{HEAD}def f(a):\n"
        "    made = 0\n"
        "    while True:\n"
        "        try:\n"
        "            if os.fork() == 0: time.sleep(60); os._exit(0)\n"
        "            made += 1\n"
        "        except OSError:\n"
        "            return torch.full((3,), float(made))\n"
    )
    made = session.call("f", [(torch.ones(3),)], ONE, 10.0).outputs[0][0][0].item()

    assert 0 < made < SMALL.processes


def test_closing_a_guest_leaves_no_group_behind(isolation: str, start: Start) -> None:
    session = start(f"{HEAD}def f(a):\n    return a * 1\n")
    kind = session.guest.freezer_kind
    session.guest.close()

    assert kind in ("cgroup", "signals")
    for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
        assert [] == list(Path(root).glob(f"{group_prefix()}*"))
