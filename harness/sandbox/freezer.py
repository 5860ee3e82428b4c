"""Stops every process of a guest, waits until they really stand, and lets them go on."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from harness.errors import SandboxError
from harness.sandbox import procfs

CONFIRM_S = 5.0
"""A guest that does not stand still after this long can't be judged."""


def group_prefix() -> str:
    """Begin the names of this judge's groups: the namespace in which its process id means something, and that id.

    Judges of several containers may share one hierarchy of groups. To each, the others' process ids are those of
    strangers or of nobody, so it must not decide by them who is gone.
    """
    return f"{_namespace_prefix()}{os.getpid()}-"


def _namespace_prefix() -> str:
    return f"superfast-ns{_pid_namespace()}-"


def _pid_namespace() -> int:
    return Path("/proc/self/ns/pid").stat().st_ino


class NotStanding(Exception):
    """The members did not stand still in time."""


class Freezer(Protocol):
    """What a session needs of a way to stop a guest."""

    kind: str

    def freeze(self) -> None:
        """Stop every member and return only when all of them stand; raises NotStanding when they don't."""

    def thaw(self) -> None:
        """Let every member go on."""

    def members(self) -> set[int]:
        """Give the process ids of every member, as the judge sees them."""

    def cpu_ns(self) -> int:
        """Give the CPU time that the members have used, in nanoseconds; it may not grow while they stand."""

    def kill(self) -> None:
        """End every member, standing or not, and give back what the freezer holds."""


class CgroupFreezer:
    """The freezer of the unified hierarchy: the kernel stops the whole group and says when it stands.

    Only version 2 is used: a process frozen by version 1 does not die of SIGKILL before it is thawed, so a judge that
    is killed would leave it behind for ever.
    """

    kind = "cgroup"

    def __init__(self, group: Path) -> None:
        self._group = group
        self._switch = os.open(group / "cgroup.freeze", os.O_WRONLY | os.O_CLOEXEC)
        self._events = os.open(group / "cgroup.events", os.O_RDONLY | os.O_CLOEXEC)
        self._statistics = os.open(group / "cpu.stat", os.O_RDONLY | os.O_CLOEXEC)

    @classmethod
    def create(cls, label: str) -> CgroupFreezer | None:
        """Make a group for one guest; None where this process may not."""
        root = _unified_root()
        if root is None:
            return None
        _remove_stale_groups(root)
        group = root / f"{group_prefix()}{label}"
        try:
            group.mkdir()
            return cls(group)
        except OSError:
            with contextlib.suppress(OSError):
                group.rmdir()
            return None

    def adopt(self, pid: int) -> None:
        """Take in one process; its later children are members by birth."""
        (self._group / "cgroup.procs").write_text(str(pid))

    def freeze(self) -> None:
        """Stop the group and wait for the kernel's word."""
        os.pwrite(self._switch, b"1", 0)
        deadline = time.monotonic() + CONFIRM_S
        while b"frozen 1" not in os.pread(self._events, 256, 0):
            if time.monotonic() > deadline:
                raise NotStanding(f"it did not stand still within {CONFIRM_S} s of being frozen")

    def thaw(self) -> None:
        """Let the group go on."""
        os.pwrite(self._switch, b"0", 0)

    def members(self) -> set[int]:
        """Give the process ids of the group."""
        return {int(pid) for pid in (self._group / "cgroup.procs").read_text().split()}

    def cpu_ns(self) -> int:
        """Give the group's CPU time from its own statistics (they count microseconds)."""
        return 1000 * int(os.pread(self._statistics, 256, 0).split(b"usage_usec ")[1].split()[0])

    def kill(self) -> None:
        """Kill the group, wait until its members are gone, and remove it."""
        members = procfs.readable_pids(self._group / "cgroup.procs")
        with contextlib.suppress(OSError):
            (self._group / "cgroup.kill").write_text("1")
        for pid in members:
            procfs.signal_quietly(pid, signal.SIGKILL)
        self.thaw()
        for descriptor in (self._switch, self._events, self._statistics):
            os.close(descriptor)
        _remove_group(self._group)
        # An exiting process leaves its group a moment before it counts as dead.
        _await_end(members)


class SignalFreezer:
    """SIGSTOP to every process of the guest's PID namespace (or, without one, to all that descend from its root).

    `root` is the first process of the guest. A sweep is repeated until two passes find the same members, every thread
    of them stopped: a fork that slipped through one pass is found by the next.
    """

    kind = "signals"

    def __init__(self, root: int) -> None:
        self._root = root
        namespace = procfs.pid_namespace(root)
        if root == os.getpid() or namespace is None:
            raise SandboxError("refusing to signal: the guest's PID namespace can't be told from the judge's own")
        self._has_namespace = namespace != procfs.pid_namespace(os.getpid())

    def members(self) -> set[int]:
        """Give every process of the guest; without a namespace also those that left its tree but not its session."""
        return procfs.tree(self._root) if self._has_namespace else procfs.descendants(self._root)

    def freeze(self) -> None:
        """Stop all members until two passes agree and every thread stands."""
        deadline, before = time.monotonic() + CONFIRM_S, None
        while True:
            members = self.members()
            if members == before and all(procfs.stands(pid) for pid in members):
                return
            for pid in members:
                procfs.signal_quietly(pid, signal.SIGSTOP)
            before = members
            if time.monotonic() > deadline:
                raise NotStanding(f"it did not stand still within {CONFIRM_S} s of being stopped")

    def thaw(self) -> None:
        """Let all members go on."""
        for pid in self.members():
            procfs.signal_quietly(pid, signal.SIGCONT)

    def cpu_ns(self) -> int:
        """Give the sum of the members' CPU time."""
        return sum(procfs.cpu_ns(pid) for pid in self.members())

    def kill(self) -> None:
        """Kill all members, the first one last since the others are found through it, and wait until they are gone."""
        members = self.members()
        for pid in sorted(members, key=lambda member: member == self._root):
            procfs.signal_quietly(pid, signal.SIGKILL)
        _await_end(members)


def _await_end(pids: Iterable[int]) -> None:
    """Wait until none of the killed processes runs any more."""
    deadline = time.monotonic() + CONFIRM_S
    while any(procfs.state(pid) not in ("Z", "X", None) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.001)


def _unified_root() -> Path | None:
    """Give the folder of this process's own group in the unified hierarchy, if new groups can be made below it."""
    for mount in (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified")):
        if (mount / "cgroup.procs").exists() and not (mount / "freezer.state").exists():
            own = [line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")]
            folder = mount / own[0].lstrip("/") if own else mount
            return folder if os.access(folder, os.W_OK) else None
    return None


def _remove_stale_groups(root: Path) -> None:
    """Remove groups of this namespace's judges that are gone: one that was killed could not remove its own."""
    own = _namespace_prefix()
    for group in root.glob(f"{own}*"):
        owner = group.name.removeprefix(own).split("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            with contextlib.suppress(OSError):
                (group / "cgroup.kill").write_text("1")
            _remove_group(group)


def _remove_group(group: Path) -> None:
    deadline = time.monotonic() + CONFIRM_S
    while time.monotonic() < deadline:
        try:
            group.rmdir()
            return
        except FileNotFoundError:
            return
        except OSError:  # busy while its last member is still dying
            time.sleep(0.005)
