"""Guests for tests: a submission given as text, in a sandbox of its own, with its folders thrown away afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import torch

from harness.plan import Limits
from harness.sandbox.guest_root import guest_files
from harness.sandbox.modes import PLAIN, Modes
from harness.sandbox.probe import probe_isolation
from harness.sandbox.process import GuestProcess
from harness.sandbox.session import Session

SMALL = Limits(call_s=10.0, load_s=30.0, memory_mib=2048, processes=64, payload_mib=8, file_mib=16)

Start = Callable[..., Session]


@pytest.fixture(scope="session")
def isolation() -> str:
    """The isolation that this machine gives; a test of the sandbox itself is skipped where there is none."""
    found, reason = probe_isolation()
    if found != "bubblewrap":
        pytest.skip(f"no sandbox here: {reason}")
    return found


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a guest on a submission's text and load it: `start(text, function="f", isolation=..., limits=...)`."""
    with ExitStack() as stack:

        def run(
            text: str,
            function: str = "f",
            *,
            isolation: str = "bubblewrap",
            limits: Limits = SMALL,
            modes: Modes = PLAIN,
        ) -> Session:
            number = len(list(tmp_path.iterdir()))
            folder, cache = tmp_path / f"submission-{number}", tmp_path / f"cache-{number}"
            folder.mkdir()
            cache.mkdir()
            (folder / "entry.py").write_text(text)
            files = guest_files(folder, cache, 0, (0,))
            for above in (tmp_path, *list(tmp_path.parents)[:2]):
                above.chmod(0o755)
            if os.geteuid() == 0 and isolation == "bubblewrap":
                os.chown(cache, files.uid, files.uid)
            label = f"{tmp_path.name}-{number}"
            guest = stack.enter_context(GuestProcess(label, files, limits, isolation=isolation, modes=modes))
            guest.await_ready()
            session = Session(guest, torch.Generator().manual_seed(0))
            if function:
                session.load("entry.py", [function], limits.load_s)
            return session

        yield run
