"""What a guest inside bubblewrap can't do; each test asks the guest itself to try."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from harness.errors import SubmissionFault
from harness.sandbox.session import Session
from harness.sandbox.staging import Expected
from tests.harness.sandbox.conftest import Start

REPORT = """
import errno, os, pathlib, socket, subprocess, sys, ctypes
import torch

def said(text):
    out = torch.zeros(4000, dtype=torch.uint8)
    data = text.encode()[:4000]
    out[:len(data)] = torch.tensor(list(data), dtype=torch.uint8)
    return out
"""

Reported = Callable[[str], str]


def ask(session: Session) -> str:
    output = session.call("f", [()], [Expected((4000,), torch.uint8)], 20.0).outputs[0][0]
    return bytes(output.tolist()).rstrip(b"\0").decode()


@pytest.fixture
def reported(isolation: str, start: Start) -> Reported:
    """Give a function that runs a body of `f()` in a sandboxed guest and gives the text that it returned."""
    return lambda body: ask(start(REPORT + "def f():\n" + "\n".join(f"    {line}" for line in body.splitlines())))


def test_the_network_is_out_of_reach(reported: Reported) -> None:
    answer = reported(
        "names = sorted(name for _, name in socket.if_nameindex())\n"
        "try:\n"
        "    socket.create_connection(('192.0.2.1', 80), 2)\n"
        "    return said('reached')\n"
        "except OSError as error:\n"
        "    return said(f'{names} {errno.errorcode[error.errno]}')"
    )

    assert "['lo'] ENETUNREACH" == answer


def test_the_hidden_tests_are_not_there(reported: Reported) -> None:
    answer = reported(
        "found = [str(p) for root in ('/submission', '/guest', '/tmp', '/root', '/home', sys.prefix) "
        "for p in pathlib.Path(root).rglob('hidden_tests')]\n"
        "return said(repr(found))"
    )

    assert "[]" == answer


def test_nothing_is_writable_but_its_own_temporary_folders(reported: Reported) -> None:
    answer = reported(
        "kept = []\n"
        "for folder in ('/', '/usr', '/usr/lib', '/etc', '/submission', '/guest', '/guest/harness', sys.prefix, "
        "os.path.dirname(torch.__file__), '/tmp', '/cache', '/dev/shm'):\n"
        "    try:\n"
        "        open(folder + '/x', 'w').close()\n"
        "        kept.append(folder)\n"
        "    except OSError:\n"
        "        pass\n"
        "return said(repr(kept))"
    )

    assert "['/tmp', '/cache', '/dev/shm']" == answer


def test_the_environment_is_a_list_of_its_own(reported: Reported, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_JUDGE", "seed")
    answer = reported("return said(' '.join(sorted(os.environ)))")

    assert "SECRET_OF_THE_JUDGE" not in answer
    assert {"HOME", "PATH", "TORCH_EXTENSIONS_DIR"} <= set(answer.split())


def test_only_its_own_processes_are_visible(reported: Reported) -> None:
    answer = reported(
        "names = [pathlib.Path(f'/proc/{p}/comm').read_text().strip() for p in os.listdir('/proc') if p.isdigit()]\n"
        "return said(f'{os.getpid()} {len(names)}')"
    )
    pid, count = map(int, answer.split())

    assert pid < 10
    assert count <= 3


def test_it_runs_as_nobody_with_no_capability(reported: Reported) -> None:
    answer = reported(
        "lines = pathlib.Path('/proc/self/status').read_text().splitlines()\n"
        "kept = [l.split()[1] for l in lines if l.startswith(('CapEff', 'CapPrm', 'CapBnd', 'NoNewPrivs'))]\n"
        "return said(f'{os.getuid()} ' + ' '.join(kept))"
    )
    uid, *rest = answer.split()

    assert 0 != int(uid)
    assert ["0" * 16, "0" * 16, "1"] == [rest[0], rest[1], rest[3]]
    assert os.geteuid() != 0 or "0" * 16 == rest[2]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("libc.unshare(0x10000000)", "EPERM"),
        ("libc.setns(0, 0)", "EPERM"),
        ("libc.ptrace(0, 0, 0, 0)", "EPERM"),
        ("libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)", "EPERM"),
        ("libc.syscall(435, 0, 0)", "ENOSYS"),
        ("libc.syscall(425, 8, 0)", "EPERM"),
    ],
    ids=["unshare", "setns", "ptrace", "mount", "clone3", "io_uring_setup"],
)
def test_calls_that_would_widen_its_reach_are_denied(reported: Reported, call: str, expected: str) -> None:
    answer = reported(
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        f"result = {call}\n"
        "return said(f'{result} {errno.errorcode.get(ctypes.get_errno())}')"
    )

    assert f"-1 {expected}" == answer


def test_a_module_beside_the_submission_does_not_shadow_a_library(isolation: str, start: Start, tmp_path: Path) -> None:
    session = start(REPORT + "import json\ndef f():\n    return said(json.__file__)\n", function="")
    (tmp_path / "submission-0" / "json.py").write_text("raise SystemExit")
    session.load("entry.py", ["f"], 20.0)

    assert ask(session).endswith(f"lib/python3.{sys.version_info.minor}/json/__init__.py")


def test_what_it_prints_is_shown_but_bounded(isolation: str, start: Start) -> None:
    session = start("def f():\n    print('x' * 3_000_000)\n    return 1\n")
    with pytest.raises(SubmissionFault) as fault:
        session.call("f", [()], [Expected((), torch.float32)], 10.0)
    output = fault.value.failure.output or ""

    assert len(output) < 5000
    assert output.startswith("xxx")
    assert "cut" in output
