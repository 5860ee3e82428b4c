"""What /proc says of processes that may end at any moment: an answer, or nothing, never an exception."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def all_pids() -> set[int]:
    """Give the ids of all processes that are visible here."""
    return {int(entry) for entry in os.listdir("/proc") if entry.isdigit()}


def pid_namespace(pid: int) -> str | None:
    """Give the name of a process's PID namespace (`pid:[4026531836]`); None when it can't be read."""
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return None


def parent(pid: int) -> int | None:
    """Give a process's parent; None when it is gone."""
    fields = _stat_fields(pid)
    return int(fields[1]) if fields else None


def state(pid: int) -> str | None:
    """Give a process's state letter (R, S, D, T, Z ...); None when it is gone."""
    fields = _stat_fields(pid)
    return fields[0] if fields else None


def descendants(root: int) -> set[int]:
    """Give `root` and everything that descends from it or shares its session, as far as it is alive."""
    parents = {pid: parent(pid) for pid in all_pids()}
    found = {root}
    grown = True
    while grown:
        more = {pid for pid, above in parents.items() if above in found} - found
        found |= more
        grown = bool(more)
    with contextlib.suppress(OSError):
        session = os.getsid(root)
        if session == root:
            found |= {pid for pid in parents if _session(pid) == session}
    return {pid for pid in found if state(pid) not in ("Z", "X", None)}


def children(pid: int) -> set[int]:
    """Give the direct children of a process, whichever of its threads made them."""
    try:
        listings = [Path(f"/proc/{pid}/task/{thread}/children").read_text() for thread in threads(pid)]
    except OSError:  # a thread has just ended, or the kernel was built without these files
        return {child for child in all_pids() if parent(child) == pid}
    return {int(child) for listing in listings for child in listing.split()}


def tree(root: int) -> set[int]:
    """Give `root` and all its living descendants, by following children: fast, but blind to adopted orphans.

    The first process of a PID namespace adopts every orphan of it, so from there nothing is missed.
    """
    found, waiting = {root}, [root]
    while waiting:
        more = children(waiting.pop()) - found
        found |= more
        waiting += more
    return {pid for pid in found if state(pid) not in ("Z", "X", None)}


def stands(pid: int) -> bool:
    """Whether every thread of a process is stopped (or dead)."""
    return all(letter in ("T", "t", "Z", "X") for letter in _thread_states(pid))


def threads(pid: int) -> list[int]:
    """Give the thread ids of a process; empty when it is gone."""
    try:
        return [int(entry) for entry in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def cpu_ns(pid: int) -> int:
    """Give the CPU time of all living threads of a process, in nanoseconds; 0 when it is gone."""
    total = 0
    for thread in threads(pid):
        with contextlib.suppress(OSError, ValueError, IndexError):
            total += int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()[0])
    return total


def memory_bytes(pid: int) -> int:
    """Give the resident memory of a process, shared pages (memfd, tmpfs) included; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    except (OSError, IndexError):
        return 0


def memory_status(pid: int) -> dict[str, int]:
    """Give the memory lines of a process's status in bytes, by name (`VmRSS`, `VmHWM`, `RssAnon`); empty when gone."""
    found = {}
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines():
            name, _, rest = line.partition(":")
            if rest.endswith(" kB"):
                found[name] = 1024 * int(rest.split()[0])
    return found


def forget_high_water(pid: int) -> bool:
    """Let the high-water mark of a process (`VmHWM`) begin anew; says whether the kernel took it. Source: proc(5)."""
    try:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def temporary_bytes(pid: int) -> int:
    """Give the bytes of files in the private /tmp and /dev/shm of a process, which are memory; 0 where it has none."""
    total = 0
    for folder in ("/tmp", "/dev/shm"):
        own = f"/proc/{pid}/root{folder}"
        with contextlib.suppress(OSError):
            if os.stat(own).st_dev != os.stat(folder).st_dev:
                told = os.statvfs(own)
                total += (told.f_blocks - told.f_bfree) * told.f_frsize
    return total


def fair_memory_bytes(pid: int) -> int:
    """Give the memory of a process with each shared page divided among those who share it; costs milliseconds.

    Falls back on `memory_bytes` where the kernel does not tell.
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return memory_bytes(pid)
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def anonymous_files(pid: int) -> dict[int, int]:
    """Give the anonymous files (memfd) that a process holds open: bytes in memory, by inode; mapped or not."""
    found = {}
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                path = f"/proc/{pid}/fd/{name}"
                if os.readlink(path).startswith("/memfd:"):
                    status = os.stat(path)
                    found[status.st_ino] = 512 * status.st_blocks
    return found


def readable_pids(listing: Path) -> list[int]:
    """Give the process ids in a file that lists them; empty when it can't be read."""
    try:
        return [int(pid) for pid in listing.read_text().split()]
    except OSError:
        return []


def signal_quietly(pid: int, number: int) -> None:
    """Send a signal; a process that is gone already is fine."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _thread_states(pid: int) -> list[str]:
    states = []
    for thread in threads(pid):
        fields = _stat_fields_of(Path(f"/proc/{pid}/task/{thread}/stat"))
        if fields:
            states.append(fields[0])
    return states


def _stat_fields(pid: int) -> list[str]:
    return _stat_fields_of(Path(f"/proc/{pid}/stat"))


def _stat_fields_of(path: Path) -> list[str]:
    """Give the fields after the command's name, which may itself hold spaces and parentheses."""
    try:
        return path.read_text(errors="replace").rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return []
