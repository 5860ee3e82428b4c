"""Finds out whether bubblewrap really starts here, by starting it with all that a guest would get."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from pathlib import Path

from harness.errors import SandboxError
from harness.sandbox import bubblewrap, seccomp
from harness.sandbox.guest_root import guest_files

_PROBE_S = 20.0
_PROBE_TMP_BYTES = 1 << 20


def probe_isolation() -> tuple[str, str | None]:
    """Give (`bubblewrap`, None) if a sandbox starts here, else (`process`, why not and how to mend it)."""
    try:
        ended = _start_and_end()
    except SandboxError as error:
        return "process", str(error)
    except subprocess.TimeoutExpired:
        return "process", f"bubblewrap did not start within {_PROBE_S:.0f} s: {bubblewrap.MEND}"
    if ended.returncode != 0:
        said = ended.stderr.strip() or f"exit status {ended.returncode}"
        return "process", f"bubblewrap is refused here ({said}): {bubblewrap.MEND}"
    return "bubblewrap", None


def _start_and_end() -> subprocess.CompletedProcess[str]:
    """Run `true` in a sandbox; raises SandboxError when there is none to be had, TimeoutExpired when it hangs."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="superfast-probe-")))
        folder.chmod(0o755)
        rules = stack.enter_context(tempfile.TemporaryFile())
        rules.write(seccomp.program())
        rules.seek(0)
        go = stack.enter_context(tempfile.TemporaryFile())
        go.write(b"1")
        go.seek(0)
        report = stack.enter_context(Path(os.devnull).open("wb"))
        numbers = {"info": report.fileno(), "block": go.fileno(), "seccomp": rules.fileno()}
        files = guest_files(folder, folder, 0, (0,))
        line = bubblewrap.command(files, _PROBE_TMP_BYTES, numbers, ["true"])
        descriptors = tuple(numbers.values())
        return subprocess.run(
            line, check=False, pass_fds=descriptors, env={}, capture_output=True, text=True, timeout=_PROBE_S
        )
