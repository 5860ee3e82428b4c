"""Makes the guests of one grading: decides once what isolation there is, gives each side its folders, ends them all."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import torch

from harness.device_memory import DeviceMemory
from harness.errors import SandboxError
from harness.plan import GradingPlan
from harness.sandbox.cores import usable_cores
from harness.sandbox.guest_root import GuestFiles, gpu_devices, guest_files
from harness.sandbox.modes import PLAIN, Modes
from harness.sandbox.probe import probe_isolation
from harness.sandbox.process import GuestProcess
from harness.sandbox.session import Session

CANDIDATE, BASELINE = 0, 1


@dataclass(frozen=True, slots=True)
class Shown:
    """Folders with those parts of a challenge that guests may see: `baseline` by its own guests, `driver` by all."""

    baseline: Path
    driver: Path | None


class Guests:
    """All guests of one grading.

    Attributes:
        isolation: `bubblewrap` or `process`, as applied in this grading.
        isolation_note: why it is no more; None for bubblewrap.
        freezer: how the guests are stopped, known once one has started.
        generator: draws everything of this grading that is not a test's own.
        cores: the cores that each guest runs on, one thread each.
    """

    def __init__(self, plan: GradingPlan, shown: Shown, generator: torch.Generator) -> None:
        self._plan = plan
        self._driver = shown.driver
        self.generator = generator
        self.isolation, self.isolation_note = _decide(plan.sandbox)
        self.freezer = "none"
        self.cores = usable_cores()
        self._folder = Path(tempfile.mkdtemp(prefix="superfast-"))
        self._folder.chmod(0o711)
        self._files = (self._view(plan.submission, CANDIDATE), self._view(shown.baseline, BASELINE))
        self._started: list[GuestProcess] = []
        self._numbers = itertools.count()
        self._device_rooms: dict[int, tuple[DeviceMemory, DeviceMemory]] = {}

    def __enter__(self) -> Guests:
        """Give the maker itself; leaving the context ends every guest."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every guest, and throw away what they compiled."""
        for guest in self._started:
            guest.close()
        for memory in itertools.chain(*self._device_rooms.values()):
            memory.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self, side: int, count: int = 1, modes: Modes = PLAIN, device: str = "cpu") -> list[Session]:
        """Start guests for the candidate or the baseline, all at a time; nothing of theirs is loaded yet.

        On `cuda` the guests of one side share its device memory: only one of them works at a time.
        """
        made = [self._make(side, modes, device) for _ in range(count)]
        for guest in made:
            guest.await_ready()
        sessions = [Session(guest, self.generator, is_trusted=side == BASELINE) for guest in made]
        for session in sessions if device == "cuda" else ():
            session.move_to(*self._device_memory(side))
        return sessions

    def _device_memory(self, side: int) -> tuple[DeviceMemory, DeviceMemory]:
        """Give the device memory of one side for inputs and for outputs, allocated when it is first asked for."""
        if side not in self._device_rooms:
            size_bytes = self._plan.limits.device_payload_mib << 20
            self._device_rooms[side] = DeviceMemory.create(size_bytes), DeviceMemory.create(size_bytes)
        return self._device_rooms[side]

    def _make(self, side: int, modes: Modes, device: str) -> GuestProcess:
        label = f"{('candidate', 'baseline')[side]}-{next(self._numbers)}"
        files = replace(self._files[side], devices=gpu_devices()) if device == "cuda" else self._files[side]
        guest = GuestProcess(label, files, self._plan.limits, isolation=self.isolation, modes=modes)
        self._started.append(guest)
        self.freezer = guest.freezer_kind
        return guest

    def _view(self, submission: Path, side: int) -> GuestFiles:
        cache = self._folder / f"cache-{side}"
        cache.mkdir(mode=0o700)
        files = guest_files(submission, cache, side, self.cores, (self._plan.hidden_tests,), self._driver)
        if os.geteuid() == 0 and self.isolation == "bubblewrap":
            os.chown(cache, files.uid, files.uid)
        return files


def _decide(wanted: str) -> tuple[str, str | None]:
    if wanted == "process":
        return "process", "asked for"
    isolation, reason = probe_isolation()
    if isolation != "bubblewrap" and wanted == "require":
        raise SandboxError(f"a sandbox is required, but {reason}")
    return isolation, reason
