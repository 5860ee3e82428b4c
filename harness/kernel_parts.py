"""Messages about a Triton kernel that runs in Triton's interpreter: what is asked, and what was seen of its memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from harness.fields import array, boolean, guest_text, integer, name, optional, record
from harness.parts import MAX_TENSORS, CallRequest, Returned

MOST_LAUNCHES = 64
MOST_ACCESSES = 1024
MOST_PROGRAMS = 1 << 16
_BYTES = integer(0, 1 << 56)


@dataclass(frozen=True, slots=True)
class KernelLaunch:
    """One launch: which kernel, where it is defined, on which grid, and how many configurations it has to choose from.

    `alternatives` is 1 without `@triton.autotune`.
    """

    kernel: str
    file: str
    line: int
    grid: tuple[int, ...]
    alternatives: int

    SPEC: ClassVar[dict[str, Any]] = {
        "kernel": guest_text(200),
        "file": guest_text(255),
        "line": integer(0, 1 << 24),
        "grid": array(integer(0, 1 << 40), 3),
        "alternatives": integer(1, 1 << 16),
    }


@dataclass(frozen=True, slots=True)
class KernelAccess:
    """What one line of a kernel does with one tensor, over all programs of a launch.

    `launch` is an index into the launches, `memory` one into the memories, `line` 0 where the source has no file.
    Requested bytes count every element of every unmasked lane, unique bytes each byte of memory once.
    """

    launch: int
    memory: int
    kind: str
    file: str
    line: int
    requested_bytes: int
    unique_bytes: int

    SPEC: ClassVar[dict[str, Any]] = {
        "launch": integer(0, MOST_LAUNCHES),
        "memory": integer(0, MOST_ACCESSES),
        "kind": name(("load", "store", "atomic")),
        "file": guest_text(255),
        "line": integer(0, 1 << 24),
        "requested_bytes": _BYTES,
        "unique_bytes": _BYTES,
    }


@dataclass(frozen=True, slots=True)
class KernelMemory:
    """One tensor's memory as one launch used it: the kernel's parameter, whose memory it is, unique bytes each way.

    `owner` is `argument N` (of the call), `output N` or `made inside`; an atomic access counts both ways.
    Raced bytes are those that one program stores and another one loads or stores.
    """

    launch: int
    parameter: str
    owner: str
    load_bytes: int
    store_bytes: int
    raced_bytes: int

    SPEC: ClassVar[dict[str, Any]] = {
        "launch": integer(0, MOST_LAUNCHES),
        "parameter": guest_text(200),
        "owner": guest_text(40),
        "load_bytes": _BYTES,
        "store_bytes": _BYTES,
        "raced_bytes": _BYTES,
    }


@dataclass(frozen=True, slots=True)
class Interpreting:
    """How a call is interpreted.

    `alternative` picks the configuration of tuned kernels; a launch of more than `most_programs` programs is refused;
    in a ghost call no program runs at all. With `reach` the tensors have no memory: so many programs of each launch
    run, loads give zeros, stores go nowhere, and only addresses are looked at.
    """

    alternative: int = 0
    most_programs: int = 4096
    is_ghost: bool = False
    reach: int = 0

    SPEC: ClassVar[dict[str, Any]] = {
        "alternative": integer(0, 1 << 16),
        "most_programs": integer(1, MOST_PROGRAMS),
        "is_ghost": boolean(),
        "reach": integer(0, 1024),
    }


@dataclass(frozen=True, slots=True)
class Interpret:
    """Call `function` once with its kernels interpreted."""

    nonce: int
    function: str
    request: CallRequest
    how: Interpreting

    SPEC: ClassVar[dict[str, Any]] = {
        "nonce": integer(0, 1 << 62),
        "function": guest_text(255),
        "request": record(CallRequest),
        "how": record(Interpreting),
    }


@dataclass(frozen=True, slots=True)
class Interpreted:
    """The call has returned, or met something that the interpreter can't do (`unsupported`, then without outputs).

    `written_bytes` tells for each output how many of its bytes a kernel stored and nothing else has changed since;
    `operators` are torch's, called by the submission outside of kernels; `notes` say what was mended.
    """

    nonce: int
    outputs: tuple[Returned, ...]
    written_bytes: tuple[int, ...]
    launches: tuple[KernelLaunch, ...]
    memories: tuple[KernelMemory, ...]
    accesses: tuple[KernelAccess, ...]
    operators: tuple[str, ...]
    notes: tuple[str, ...]
    unsupported: str | None

    SPEC: ClassVar[dict[str, Any]] = {
        "nonce": integer(0, 1 << 62),
        "outputs": array(record(Returned), MAX_TENSORS),
        "written_bytes": array(_BYTES, MAX_TENSORS),
        "launches": array(record(KernelLaunch), MOST_LAUNCHES),
        "memories": array(record(KernelMemory), MOST_ACCESSES),
        "accesses": array(record(KernelAccess), MOST_ACCESSES),
        "operators": array(guest_text(200), 2000),
        "notes": array(guest_text(500), 32),
        "unsupported": optional(guest_text(1000)),
    }
