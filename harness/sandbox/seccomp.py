"""The system calls that a guest may not make, as the classic BPF program that bubblewrap loads."""

from __future__ import annotations

import platform
import struct

from harness.errors import SandboxError

_ALLOW, _EPERM, _ENOSYS, _KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
_LOAD, _EQUAL, _GREATER_EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_X32_BIT = 0x40000000

NAMESPACE_FLAGS = 0x7E020080
"""CLONE_NEW{TIME,NS,CGROUP,UTS,IPC,USER,PID,NET} of <linux/sched.h>: a nested namespace would hide a child."""

_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

NUMBERS = {
    "x86_64": {
        "clone": 56, "clone3": 435, "unshare": 272, "setns": 308, "ptrace": 101, "process_vm_readv": 310,
        "process_vm_writev": 311, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
        "userfaultfd": 323, "bpf": 321, "perf_event_open": 298, "mount": 165, "umount2": 166, "pivot_root": 155,
        "move_mount": 429, "open_tree": 428, "fsopen": 430, "fsmount": 432, "mount_setattr": 442, "keyctl": 250,
        "add_key": 248, "request_key": 249, "kexec_load": 246, "pidfd_getfd": 438, "kcmp": 312,
    },
    "aarch64": {
        "clone": 220, "clone3": 435, "unshare": 97, "setns": 268, "ptrace": 117, "process_vm_readv": 270,
        "process_vm_writev": 271, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
        "userfaultfd": 282, "bpf": 280, "perf_event_open": 241, "mount": 40, "umount2": 39, "pivot_root": 41,
        "move_mount": 429, "open_tree": 428, "fsopen": 430, "fsmount": 432, "mount_setattr": 442, "keyctl": 219,
        "add_key": 217, "request_key": 218, "kexec_load": 104, "pidfd_getfd": 438, "kcmp": 272,
    },
}  # fmt: skip
"""Numbers of the denied calls, from the kernel's system call tables of each architecture."""


def program(machine: str | None = None) -> bytes:
    """Give the filter for an architecture (this machine's if none is named), for bubblewrap's `--seccomp`.

    `clone3` answers ENOSYS, so that a C library falls back to `clone`, whose flags a filter can read; `clone` with a
    namespace flag and every other call of the table answer EPERM. A process of another architecture is killed.

    Raises:
        SandboxError: the architecture has no table here.
    """
    machine = machine or platform.machine()
    if machine not in NUMBERS:
        raise SandboxError(f"no system call filter is known for {machine}; known are {', '.join(NUMBERS)}")
    numbers = NUMBERS[machine]
    lines = [
        _statement(_LOAD, _ARCHITECTURE),
        _jump(_EQUAL, _AUDIT[machine], 1, 0),
        _statement(_RETURN, _KILL),
        _statement(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        lines += [_jump(_GREATER_EQUAL, _X32_BIT, 0, 1), _statement(_RETURN, _EPERM)]
    lines += [_jump(_EQUAL, numbers["clone3"], 0, 1), _statement(_RETURN, _ENOSYS)]
    for name, number in numbers.items():
        if name not in ("clone", "clone3"):
            lines += [_jump(_EQUAL, number, 0, 1), _statement(_RETURN, _EPERM)]
    lines += [
        _jump(_EQUAL, numbers["clone"], 0, 3),
        _statement(_LOAD, _FIRST_ARGUMENT),
        _jump(_ANY_BIT, NAMESPACE_FLAGS, 0, 1),
        _statement(_RETURN, _EPERM),
        _statement(_RETURN, _ALLOW),
    ]
    return b"".join(lines)


def _statement(code: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, 0, 0, value)


def _jump(code: int, value: int, if_true: int, if_false: int) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
