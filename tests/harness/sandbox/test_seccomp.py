"""Tests of the system call filter: a small interpreter of classic BPF runs it as the kernel would."""

from __future__ import annotations

import struct

import pytest

from harness.errors import SandboxError
from harness.sandbox.seccomp import NAMESPACE_FLAGS, NUMBERS, program

ALLOWED, EPERM, ENOSYS, KILLED = "allowed", "EPERM", "ENOSYS", "killed"
VERDICTS = {0x7FFF0000: ALLOWED, 0x00050001: EPERM, 0x00050026: ENOSYS, 0x80000000: KILLED}
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7, "i386": 0x40000003, "arm": 0x40000028}
MACHINES = ("x86_64", "aarch64")
LAST_NUMBER = 470

KNOWN = {
    "x86_64": {"read": 0, "mmap": 9, "futex": 202, "fork": 57, "execve": 59, "memfd_create": 319, "openat2": 437},
    "aarch64": {"read": 63, "mmap": 222, "futex": 98, "execve": 221, "memfd_create": 279, "openat2": 437},
}
DENIED = {
    "x86_64": {"ptrace": 101, "unshare": 272, "setns": 308, "mount": 165, "process_vm_writev": 311, "bpf": 321},
    "aarch64": {"ptrace": 117, "unshare": 97, "setns": 268, "mount": 40, "process_vm_writev": 271, "bpf": 280},
}
DENIED_EVERYWHERE = {"io_uring_setup": 425, "io_uring_enter": 426, "open_tree": 428, "fsopen": 430, "pidfd_getfd": 438}

PTHREAD_FLAGS = 0x3D0F00
FORK_FLAGS = 0x01200011


def verdict(machine: str, number: int, arguments: tuple[int, ...] = (), architecture: str | None = None) -> str:
    """Run the filter of `machine` on one system call."""
    padded = (*arguments, *(0,) * (6 - len(arguments)))
    data = struct.pack("=IIQ6Q", number, ARCHITECTURES[architecture or machine], 0x7F00_1234_5678, *padded)
    lines = list(struct.iter_unpack("=HBBI", program(machine)))
    place = accumulator = 0
    while True:
        code, if_true, if_false, value = lines[place]
        place += 1
        if code == 0x06:
            return VERDICTS[value]
        if code == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[code]
            place += if_true if holds else if_false


@pytest.mark.parametrize(("machine", "number"), [(m, n) for m in MACHINES for n in KNOWN[m].values()])
def test_ordinary_calls_are_allowed(machine: str, number: int) -> None:
    assert ALLOWED == verdict(machine, number)


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_that_reach_into_other_processes_or_namespaces_are_refused(machine: str) -> None:
    for number in (*DENIED[machine].values(), *DENIED_EVERYWHERE.values()):
        assert EPERM == verdict(machine, number), number


@pytest.mark.parametrize("machine", MACHINES)
def test_nothing_but_the_calls_of_the_table_is_refused(machine: str) -> None:
    refused = {number for number in range(LAST_NUMBER) if verdict(machine, number) != ALLOWED}

    assert set(NUMBERS[machine].values()) - {NUMBERS[machine]["clone"]} == refused


@pytest.mark.parametrize("machine", MACHINES)
def test_clone3_is_unknown_so_that_a_library_falls_back_to_clone(machine: str) -> None:
    assert ENOSYS == verdict(machine, 435, (NAMESPACE_FLAGS,))


@pytest.mark.parametrize(("machine", "clone"), [("x86_64", 56), ("aarch64", 220)])
@pytest.mark.parametrize("flags", [PTHREAD_FLAGS, FORK_FLAGS, 0, PTHREAD_FLAGS | 0x7E02_0080 << 32])
def test_threads_and_children_may_be_made(machine: str, clone: int, flags: int) -> None:
    assert ALLOWED == verdict(machine, clone, (flags,))


@pytest.mark.parametrize(("machine", "clone"), [("x86_64", 56), ("aarch64", 220)])
@pytest.mark.parametrize(
    "flag",
    [0x80, 0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000],
    ids=["time", "mount", "cgroup", "uts", "ipc", "user", "pid", "net"],
)
def test_a_child_in_a_namespace_of_its_own_is_refused(machine: str, clone: int, flag: int) -> None:
    assert EPERM == verdict(machine, clone, (FORK_FLAGS | flag,))


@pytest.mark.parametrize("number", [0x40000000, 0x40000000 | 59, 0x40000000 | 101, 0xFFFFFFFF])
def test_calls_by_the_x32_numbers_are_refused(number: int) -> None:
    assert EPERM == verdict("x86_64", number)


@pytest.mark.parametrize(
    ("machine", "architecture"), [("x86_64", "i386"), ("x86_64", "aarch64"), ("aarch64", "arm"), ("aarch64", "x86_64")]
)
@pytest.mark.parametrize("number", [0, 4, 59, 101, 435])
def test_a_process_of_a_foreign_architecture_is_killed(machine: str, architecture: str, number: int) -> None:
    assert KILLED == verdict(machine, number, architecture=architecture)


def test_the_numbers_of_one_architecture_are_not_those_of_another() -> None:
    assert ALLOWED == verdict("aarch64", DENIED["x86_64"]["ptrace"])
    assert ALLOWED == verdict("x86_64", DENIED["aarch64"]["unshare"])


def test_an_architecture_without_a_table_is_refused() -> None:
    with pytest.raises(SandboxError, match="riscv64; known are x86_64, aarch64"):
        program("riscv64")


def test_this_machine_is_taken_if_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")

    assert program("aarch64") == program()
