"""What a guest holds of memory, looked at from outside while it works: on the CPU by /proc, on a GPU by free memory."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Protocol

import torch

from harness.errors import NotMeasured, SubmissionFault
from harness.outcomes import Failure
from harness.readings import Cause
from harness.sandbox import procfs
from harness.sandbox.process import GuestProcess

LOOK_EVERY_S = 0.003

_MARK_SLACK_BYTES = 4 << 20
"""The kernel adds up pages per core and is behind by some; a mark that falls by more was reset."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was held at one moment.

    Attributes:
        at_s: seconds since the watch began.
        held_bytes: of all processes and files of the guest together.
        mark_bytes: the kernel's own high-water mark of the process that runs the submission; 0 where there is none.
    """

    at_s: float
    held_bytes: int
    mark_bytes: int


class Place(Protocol):
    """Where memory is looked at."""

    def begin(self) -> None:
        """Let the kernel's high-water mark begin anew, where there is one."""

    def look(self, at_s: float) -> Look:
        """Look once."""

    def private_bytes(self) -> int:
        """Give what is held but for code and files of the system: a guest at rest that holds more keeps something."""


class HostMemory:
    """Memory of all processes of a guest, with its anonymous and temporary files."""

    def __init__(self, guest: GuestProcess) -> None:
        self._guest = guest

    def begin(self) -> None:
        """Reset `VmHWM`.

        Raises:
            NotMeasured: this kernel does not let us.
        """
        if not procfs.forget_high_water(self._guest.runner):
            raise NotMeasured("peak memory can't be measured from outside: /proc/PID/clear_refs can't be written here")

    def look(self, at_s: float) -> Look:
        """Look once; some 0.2 ms."""
        runner = procfs.memory_status(self._guest.runner)
        members = self._guest.members()
        others = sum(_held_bytes(procfs.memory_status(pid)) for pid in members - {self._guest.runner})
        files = self._guest.anonymous_files_bytes(members) + procfs.temporary_bytes(self._guest.runner)
        beside = others + files
        return Look(at_s, _held_bytes(runner) + beside, runner.get("VmHWM", 0) + beside)

    def private_bytes(self) -> int:
        """Give resident memory without mapped files of the system."""
        members = self._guest.members()
        lines = [procfs.memory_status(pid) for pid in members]
        resident = sum(one.get(name, 0) for one in lines for name in ("RssAnon", "RssShmem", "VmSwap", "HugetlbPages"))
        return resident + self._guest.anonymous_files_bytes(members) + procfs.temporary_bytes(self._guest.runner)


class DeviceBytes:
    """Memory that is taken on the GPU, as its driver tells the judge; the timing lock keeps other work of ours away."""

    def begin(self) -> None:
        """Do nothing: there is no mark that could be reset."""

    def look(self, at_s: float) -> Look:
        """Look once."""
        return Look(at_s, self.private_bytes(), 0)

    def private_bytes(self) -> int:
        """Give all that is taken on the GPU."""
        free_bytes, total_bytes = torch.cuda.mem_get_info()
        return int(total_bytes - free_bytes)


class Watch:
    """A context in which memory is looked at every few milliseconds, by a thread of the judge.

    Attributes:
        looks: in order; the last one is taken when the watch ends.
    """

    def __init__(self, place: Place, every_s: float = LOOK_EVERY_S) -> None:
        self._place = place
        self._every_s = every_s
        self._over = threading.Event()
        self._start_s = time.perf_counter()
        self._thread = threading.Thread(target=self._run, name="memory-watch", daemon=True)
        self.looks: list[Look] = []

    def __enter__(self) -> Watch:
        """Reset the mark, look once, and start to look."""
        self._place.begin()
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and look a last time."""
        self._over.set()
        self._thread.join()
        self._look()

    def peak_bytes(self) -> int:
        """Give the most that was held: by the mark, or at any look, whichever is higher.

        Raises:
            SubmissionFault: with cause `integrity`: the mark has fallen, so the submission has reset it.
        """
        for before, after in zip(self.looks, self.looks[1:], strict=False):
            if after.mark_bytes < before.mark_bytes - _MARK_SLACK_BYTES:
                message = "the record of this process's peak memory was reset while it worked"
                raise SubmissionFault(Failure(Cause.INTEGRITY, message))
        return max(max(look.held_bytes, look.mark_bytes) for look in self.looks)

    def _run(self) -> None:
        while not self._over.wait(self._every_s):
            self._look()

    def _look(self) -> None:
        self.looks.append(self._place.look(time.perf_counter() - self._start_s))


def _held_bytes(status: dict[str, int]) -> int:
    return sum(status.get(name, 0) for name in ("VmRSS", "VmSwap", "HugetlbPages"))
