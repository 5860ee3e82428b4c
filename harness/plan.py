"""What the grader asks of the harness, and what it gets back, in plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.outcomes import CheckOutcome


@dataclass(frozen=True, slots=True)
class Limits:
    """What one submission may use.

    Attributes:
        wall_s: seconds that a whole grading may take.
        load_s: seconds that importing (and compiling) the submission may take.
        call_s: seconds that one call frame may take.
        memory_mib: memory of the whole guest, shared memory and tmpfs included.
        processes: processes and threads of the guest.
        payload_mib: size of each of the two shared-memory segments (inputs, outputs) of a guest.
        device_payload_mib: size of each of the two ranges of device memory (inputs, outputs) where a GPU is used.
        file_mib: size of the largest file, standard output included.
    """

    wall_s: float = 600.0
    load_s: float = 120.0
    call_s: float = 60.0
    memory_mib: int = 8192
    processes: int = 256
    payload_mib: int = 512
    device_payload_mib: int = 4096
    file_mib: int = 256


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """What the harness must know of one row of the rubric.

    Attributes:
        id: id of the check, which the hidden tests name in `@pytest.mark.check(id)`.
        lane: where it can be measured: `cpu`, `cuda` or `cuda:N`.
        needs: ids of checks that must have passed, else this one is skipped.
        metric: name of the reading that decides, for a check with tiers.
        tiers: ascending values of that reading at which points change.
    """

    id: str
    lane: str = "cpu"
    needs: tuple[str, ...] = ()
    metric: str | None = None
    tiers: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class GradingPlan:
    """One submission against one challenge's hidden tests.

    Attributes:
        hidden_tests: folder of the hidden tests (trusted; read by the judge alone).
        submission: folder that holds the judge's private copy of the submission.
        entry_file: path of the entry file, relative to `submission`; None where it is a folder of modules.
        function: name of the function that is called unless a test names another; None where every test does.
        driver: folder of the challenge's driver, which calls the submission inside the guest; None without one.
        checks: the rows of the rubric in the order of the manifest.
        limits: what the submission may use.
        lanes: lanes that this machine has.
        seed: 32 secret bytes; every input is drawn from them.
        sandbox: `auto` takes the best isolation to be had, `require` refuses less, `process` wants none.
        trust_submission: whether checks of speed and of rules may earn points without a sandbox.
        only: ids of the checks to run; empty means all.
    """

    hidden_tests: Path
    submission: Path
    entry_file: str | None
    function: str | None
    checks: tuple[CheckPlan, ...]
    limits: Limits
    lanes: frozenset[str]
    seed: bytes
    driver: Path | None = None
    sandbox: str = "auto"
    trust_submission: bool = True
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Where wall time went: one named stretch of a grading.

    Attributes:
        name: what was done (`start guests`, `load submission`, `check exact` ...).
        wall_s: seconds.
    """

    name: str
    wall_s: float


@dataclass(frozen=True, slots=True)
class Findings:
    """What the hidden tests found.

    Attributes:
        outcomes: one outcome a check of the plan, in its order.
        isolation: what was really applied in this run: `bubblewrap` or `process`, with the reason for less.
        isolation_note: why no more was to be had; None where bubblewrap ran.
        freezer: how guests were stopped: `cgroup` or `signals`.
        spans: where the time went.
    """

    outcomes: tuple[CheckOutcome, ...]
    isolation: str
    isolation_note: str | None
    freezer: str
    spans: tuple[Span, ...]
