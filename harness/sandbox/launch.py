"""Starts the processes of a guest, inside bubblewrap or plainly, and says what isolation was really applied."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from harness.errors import JudgeError, SandboxError
from harness.plan import Limits
from harness.sandbox import bubblewrap, procfs, seccomp
from harness.sandbox.freezer import CgroupFreezer, Freezer, SignalFreezer
from harness.sandbox.guest_root import GuestFiles, library_paths
from harness.sandbox.modes import Modes

START_S = 60.0
"""A guest that has not imported torch and said `ready` after this long never will."""

_MIB = 1 << 20
_BOOTSTRAP = "import sys; sys.path[:0] = sys.argv[1:2]; sys.path += sys.argv[2].split(':') if sys.argv[2] else []; \
from harness.inside.runner import main; main(sys.argv[3:])"


@dataclass(frozen=True, slots=True)
class Launched:
    """A guest's processes.

    Attributes:
        process: the process that this judge started (bubblewrap, or the guest itself).
        root: the first process of the guest, as seen from here.
        freezer: how it is stopped.
    """

    process: subprocess.Popen[bytes]
    root: int
    freezer: Freezer


@dataclass(frozen=True, slots=True)
class Descriptors:
    """Descriptors that the guest inherits: the wire, the two segments, and where its prints go."""

    socket: int
    inputs: int
    outputs: int
    log: int


def start_isolated(label: str, files: GuestFiles, limits: Limits, wire: Descriptors, modes: Modes) -> Launched:
    """Start a guest inside bubblewrap, its freezer in place before its first instruction.

    Raises:
        SandboxError: bubblewrap is missing, or this machine refuses it; the text says which and how to mend it.
    """
    with contextlib.ExitStack() as stack:
        info_here, info_there = _pipe(stack)
        block_there, block_here = _pipe(stack)
        rules = stack.enter_context(tempfile.TemporaryFile())
        rules.write(seccomp.program())
        rules.seek(0)
        numbers = {"info": info_there.fileno(), "block": block_there.fileno(), "seccomp": rules.fileno()}
        places = (bubblewrap.CODE, bubblewrap.SUBMISSION, bubblewrap.DRIVER if files.driver else None)
        program = _program(places, len(files.cores), limits, wire, modes)
        line = bubblewrap.command(files, limits.memory_mib * _MIB // 2, numbers, program)
        process = _spawn(line, wire, tuple(numbers.values()), {})
        info_there.close()
        block_there.close()
        try:
            root = _child_pid(info_here.fileno(), process, wire.log)
            freezer = _freezer(label, root)
            os.write(block_here.fileno(), b"1")
        except BaseException:  # whatever interrupts the start (Ctrl-C too), no half-started guest may stay behind
            process.kill()
            process.wait()
            raise
        return Launched(process, root, freezer)


def start_plain(label: str, files: GuestFiles, limits: Limits, wire: Descriptors, modes: Modes) -> Launched:
    """Start a guest as a plain process: limits hold, but it can see what this user sees."""
    code = Path(__file__).resolve().parents[2]
    places = (str(code), str(files.submission), str(files.driver) if files.driver else None)
    program = _program(places, len(files.cores), limits, wire, modes)
    surroundings = bubblewrap.environment(files, str(files.cache), str(files.cache))
    process = _spawn(program, wire, (), surroundings, cwd=files.cache, new_session=True)
    return Launched(process, process.pid, _freezer(label, process.pid))


def runner_pid(launched: Launched) -> int:
    """Give the process that runs the submission; in bubblewrap the one child of its init, before any code is loaded."""
    if launched.process.pid == launched.root:
        return launched.root
    children = procfs.children(launched.root)
    if len(children) != 1:
        raise JudgeError(f"expected one process below the sandbox's init, found {len(children)}")
    return children.pop()


def _program(
    places: tuple[str, str, str | None], threads: int, limits: Limits, wire: Descriptors, modes: Modes
) -> list[str]:
    """Give the guest's command line; `places` are the guest's own names of its code, the submission and the driver."""
    code, submission, driver = places
    extra = ":".join(map(str, library_paths()))
    line = [sys.executable, "-IuB", "-c", _BOOTSTRAP, code, extra, "--submission", submission]
    line += ["--socket", str(wire.socket), "--inputs", str(wire.inputs), "--outputs", str(wire.outputs)]
    line += ["--threads", str(threads), "--processes", str(limits.processes)]
    line += ["--file-bytes", str(limits.file_mib * _MIB)]
    line += ["--load-s", str(limits.load_s), "--call-s", str(limits.call_s)]
    line += ["--driver", driver] if driver is not None else []
    return [*line, *modes.arguments()]


def _spawn(
    line: list[str], wire: Descriptors, more: tuple[int, ...], surroundings: dict[str, str], *,
    cwd: Path | None = None, new_session: bool = False,
) -> subprocess.Popen[bytes]:  # fmt: skip
    return subprocess.Popen(
        line,
        stdin=subprocess.DEVNULL,
        stdout=wire.log,
        stderr=wire.log,
        pass_fds=(wire.socket, wire.inputs, wire.outputs, *more),
        env=surroundings,
        cwd=cwd,
        start_new_session=new_session,
    )


def _freezer(label: str, root: int) -> Freezer:
    group = CgroupFreezer.create(label)
    if group is None:
        return SignalFreezer(root)
    try:
        group.adopt(root)
    except OSError:  # a group may be made but not filled where the common ancestor is not ours
        group.kill()
        return SignalFreezer(root)
    return group


def _pipe(stack: contextlib.ExitStack) -> tuple[BinaryIO, BinaryIO]:
    """Give the read and the write end of a pipe; the stack closes what is still open at its end."""
    read_end, write_end = os.pipe()
    reader, writer = os.fdopen(read_end, "rb", buffering=0), os.fdopen(write_end, "wb", buffering=0)
    return stack.enter_context(reader), stack.enter_context(writer)


def _child_pid(info: int, process: subprocess.Popen[bytes], log: int) -> int:
    """Read bubblewrap's report of the process that it made."""
    deadline, text = time.monotonic() + START_S, b""
    while time.monotonic() < deadline:
        if select.select([info], [], [], 0.1)[0]:
            chunk = os.read(info, 4096)
            text += chunk
            with contextlib.suppress(ValueError, KeyError):
                return int(json.loads(text)["child-pid"])
            if not chunk:
                break
    process.kill()
    process.wait()
    said = os.pread(log, 2000, 0).decode(errors="replace").strip() or "it said nothing"
    raise SandboxError(f"bubblewrap did not start ({said}): {bubblewrap.MEND}")
