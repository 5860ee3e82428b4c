"""The command that starts a guest inside bubblewrap: a root made of an allow-list, no network, nobody's privileges."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.errors import SandboxError
from harness.sandbox.guest_root import SYSTEM_PATHS, GuestFiles, driver_folders, interpreter_paths

GUEST_HOME = "/tmp/home"
SUBMISSION, DRIVER, CODE, CACHE = "/submission", "/driver", "/guest", "/cache"

MEND = (
    "install bubblewrap (`apt-get install bubblewrap`, `dnf install bubblewrap`); inside a container allow user "
    "namespaces (`sysctl kernel.unprivileged_userns_clone=1`, `sysctl kernel.apparmor_restrict_unprivileged_userns=0`)"
)
"""What a person does where there is no sandbox to be had."""

_SETTINGS = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime")
_PROCESSORS = "/sys/devices/system/cpu"


def command(files: GuestFiles, temporary_bytes: int, descriptors: dict[str, int], program: list[str]) -> list[str]:
    """Give the whole command line of a guest.

    Args:
        files: what the guest may see of this machine.
        temporary_bytes: size of its private /tmp.
        descriptors: numbers of the inherited `info`, `block` and `seccomp` descriptors of bubblewrap itself.
        program: what runs inside.

    Raises:
        SandboxError: bubblewrap is not installed.
    """
    executable = shutil.which("bwrap")
    if executable is None:
        raise SandboxError(f"bubblewrap is not installed: {MEND}")
    return [
        executable,
        *("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--die-with-parent", "--new-session", "--clearenv", "--hostname", "guest"),
        *_identity(),
        *_root(files, temporary_bytes),
        *_environment(files),
        *("--info-fd", str(descriptors["info"]), "--block-fd", str(descriptors["block"])),
        *("--seccomp", str(descriptors["seccomp"]), "--chdir", "/tmp", "--"),
        *_without_privileges(files.uid),
        *program,
    ]


def _identity() -> Iterator[str]:
    """Take a user namespace where the judge has no privileges of its own, and forbid any further one inside."""
    if os.geteuid() != 0:
        yield from ("--unshare-user", "--disable-userns")


def _without_privileges(uid: int) -> Iterator[str]:
    """Where the judge is root: change to an outer user that owns nothing, with no capability left.

    A user namespace would map root's own id into the guest; a process that escaped it would be root.
    """
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv") or "/usr/bin/setpriv"
        yield from (setpriv, f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--no-new-privs")
        yield from ("--inh-caps=-all", "--bounding-set=-all")


def _root(files: GuestFiles, temporary_bytes: int) -> Iterator[str]:
    for path in map(Path, SYSTEM_PATHS):
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    yield from ("--proc", "/proc", "--dev", "/dev")
    for writable in ("/tmp", "/dev/shm"):
        yield from ("--size", str(temporary_bytes), "--perms", "1777", "--tmpfs", writable)
    shown = [(path, path) for path in map(Path, (*_SETTINGS, _PROCESSORS)) if path.exists()]
    shown += [(path, path) for path in interpreter_paths()]
    shown += [(source, Path(CODE) / target) for source, target in files.code]
    shown += [(files.submission, Path(SUBMISSION))]
    shown += [(files.driver, Path(DRIVER))] if files.driver is not None else []
    yield from _parents(target for _, target in shown)
    for source, target in shown:
        yield from ("--ro-bind", str(source), str(target))
    for device in files.devices:
        yield from ("--dev-bind", str(device), str(device))
    for hidden in files.hidden:
        yield from ("--perms", "0000", "--tmpfs", str(hidden))
    yield from ("--bind", str(files.cache), CACHE)


def _parents(targets: Iterable[Path]) -> Iterator[str]:
    """Make the folders above the targets by name: bubblewrap would make them readable for their owner alone."""
    above = {parent for target in targets for parent in target.parents if not parent.is_relative_to("/usr")}
    for folder in sorted(above - {Path("/"), Path("/tmp")}):
        yield from ("--perms", "0755", "--dir", str(folder))


def _environment(files: GuestFiles) -> Iterator[str]:
    for name, value in environment(files, GUEST_HOME, CACHE).items():
        yield from ("--setenv", name, value)


def environment(files: GuestFiles, home: str, cache: str) -> dict[str, str]:
    """Give the guest's whole environment: a list of names, nothing of the judge's own."""
    threads = str(len(files.cores))
    driver = {"LD_LIBRARY_PATH": os.pathsep.join(driver_folders())} if files.devices and driver_folders() else {}
    return driver | {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin")),
        "HOME": home,
        "USER": "guest",
        "LOGNAME": "guest",
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp" if cache == CACHE else cache,
        "OMP_NUM_THREADS": threads,
        # Some kernels pack the threads of a process onto few cores; a race has to find all of them at work.
        "OMP_PLACES": ",".join(f"{{{core}}}" for core in files.cores),
        "OMP_PROC_BIND": "true",
        "MKL_NUM_THREADS": threads,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "TORCH_EXTENSIONS_DIR": f"{cache}/extensions",
        "TORCHINDUCTOR_CACHE_DIR": f"{cache}/inductor",
        "TRITON_CACHE_DIR": f"{cache}/triton",
        "NUMBA_CACHE_DIR": f"{cache}/numba",
        "MAX_JOBS": threads,
    }
