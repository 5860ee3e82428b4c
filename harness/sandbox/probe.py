"""Finds out whether bubblewrap really starts here, by starting it with all that a guest would get."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from harness.errors import SandboxError
from harness.sandbox import bubblewrap, seccomp
from harness.sandbox.guest_root import guest_files

MEND = (
    "install bubblewrap (`apt-get install bubblewrap`, `dnf install bubblewrap`); inside a container allow user "
    "namespaces (`sysctl kernel.unprivileged_userns_clone=1`, `sysctl kernel.apparmor_restrict_unprivileged_userns=0`)"
)
_PROBE_S = 20.0
_PROBE_TMP_BYTES = 1 << 20


def probe_isolation() -> tuple[str, str | None]:
    """Give (`bubblewrap`, None) if a sandbox starts here, else (`process`, why not and how to mend it)."""
    try:
        rules_text = seccomp.program()
    except SandboxError as error:
        return "process", str(error)
    with tempfile.TemporaryDirectory(prefix="superfast-probe-") as folder, tempfile.TemporaryFile() as rules:
        Path(folder).chmod(0o755)
        rules.write(rules_text)
        rules.seek(0)
        block_there, block_here = os.pipe()
        info = os.open(os.devnull, os.O_WRONLY)
        os.write(block_here, b"1")
        numbers = {"info": info, "block": block_there, "seccomp": rules.fileno()}
        line = bubblewrap.command(guest_files(Path(folder), Path(folder), 0, (0,)), _PROBE_TMP_BYTES, numbers, ["true"])
        try:
            ended = subprocess.run(
                line,
                check=False,
                pass_fds=tuple(numbers.values()),
                env={},
                capture_output=True,
                text=True,
                timeout=_PROBE_S,
            )
        except FileNotFoundError:
            return "process", f"bubblewrap is not installed: {MEND}"
        except subprocess.TimeoutExpired:
            return "process", f"bubblewrap did not start within {_PROBE_S:.0f} s: {MEND}"
        finally:
            for descriptor in (block_there, block_here, info):
                os.close(descriptor)
    if ended.returncode != 0:
        said = ended.stderr.strip() or f"exit status {ended.returncode}"
        return "process", f"bubblewrap is refused here ({said}): {MEND}"
    return "bubblewrap", None
