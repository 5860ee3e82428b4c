"""`grade doctor`: what this machine can measure, what it lacks, and how each gap is mended."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from rich import box
from rich.table import Table
from rich.text import Text

from grader.cli.console import stdout_colour, width, write_data
from grader.reports.terminal import Style, to_text
from grader.reports.text import visible
from grader.verdict import ExitCode
from harness.device import Machine, describe_machine

PAIRS = {"2.13.0": "3.7.1", "2.11.0": "3.6.0"}
"""Releases of torch that this project is tested with, each with the triton that it asks for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what it is.
        found: what is there.
        mend: how to close the gap; None where there is none.
        needed: whether nothing can be graded until it is closed.
    """

    name: str
    found: str
    mend: str | None = None
    needed: bool = False


Which = Callable[[str], str | None]
"""Finds a program by its name, as `shutil.which` does."""

Probe = Callable[[], tuple[str, str | None]]
"""Tries to start a sandbox; tells the isolation that was had, and why no more."""


@click.command("doctor", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> int:
    """Say what this machine can measure, and what it lacks."""
    findings = examine(describe_machine(), probe_here, find_program, os.environ)
    write_data(as_table(findings))
    return int(ExitCode.NOT_PASSED if any(finding.needed for finding in findings) else ExitCode.PASSED)


def examine(machine: Machine, probe: Probe, which: Which, environ: Mapping[str, str]) -> list[Finding]:
    """Look at everything that a grading may ask for."""
    return [
        Finding("lanes", ", ".join(sorted(machine.lanes))),
        Finding("processor", f"{machine.cpu}, {machine.cores} physical cores usable"),
        gpu(machine, Path("/proc/driver/nvidia/version").exists()),
        torch(machine),
        triton(machine),
        compiler(which, environ),
        ninja(which),
        sandbox(probe),
    ]


def gpu(machine: Machine, driver_loaded: bool) -> Finding:
    """Look for GPUs, and for what keeps a present one from being used."""
    if machine.gpus and "cuda" in machine.lanes:
        return Finding("GPU", f"{', '.join(machine.gpus)}, driver {machine.driver}")
    if machine.gpus:
        mend = "this torch is not built for CUDA: pip install --force-reinstall torch==2.13.0"
        return Finding("GPU", f"{', '.join(machine.gpus)}, not usable", mend)
    if driver_loaded:
        mend = "pip install nvidia-ml-py, and see that CUDA_VISIBLE_DEVICES does not hide it"
        return Finding("GPU", "a driver is loaded, but no GPU is seen", mend)
    return Finding("GPU", "none; checks of the lane cuda are not measured here")


def torch(machine: Machine) -> Finding:
    """Look for torch."""
    if machine.torch is None:
        return Finding("torch", "not installed", "pip install torch==2.13.0", needed=True)
    if _release(machine.torch) not in PAIRS:
        return Finding("torch", f"{machine.torch}, not tested with", f"tested: {', '.join(PAIRS)}")
    return Finding("torch", machine.torch)


def triton(machine: Machine) -> Finding:
    """Look for triton, and whether it is the one that torch asks for."""
    wanted = PAIRS.get(_release(machine.torch or ""))
    if machine.triton is None:
        return Finding("triton", "not installed", f"pip install triton=={wanted or PAIRS['2.13.0']}", needed=True)
    if wanted is None:
        return Finding("triton", f"{machine.triton}, beside a torch that is not tested with")
    if _release(machine.triton) != wanted:
        found = f"{machine.triton}, but torch {machine.torch} goes with {wanted}"
        return Finding("triton", found, f"pip install triton=={wanted}", needed=True)
    return Finding("triton", f"{machine.triton}, fits torch")


def compiler(which: Which, environ: Mapping[str, str]) -> Finding:
    """Look for a C++ compiler, as torch's extensions do: `CXX`, else `c++`."""
    for name in (environ.get("CXX"), "c++", "g++", "clang++"):
        path = which(name) if name else None
        if path:
            return Finding("C++ compiler", path)
    return Finding("C++ compiler", "none; C++ submissions and Triton kernels can't be built", "apt install g++")


def ninja(which: Which) -> Finding:
    """Look for ninja, which builds C++ extensions."""
    path = which("ninja")
    if path:
        return Finding("ninja", path)
    return Finding("ninja", "none; C++ submissions can't be built", "pip install ninja")


def sandbox(probe: Probe) -> Finding:
    """Start a sandbox for real."""
    isolation, note = probe()
    if note is None:
        return Finding("isolation", f"{isolation}, started and ended well")
    return Finding("isolation", f"{isolation}: {note}", "apt install bubblewrap, and allow user namespaces")


def probe_here() -> tuple[str, str | None]:
    """Try to start a sandbox on this machine."""
    # Here and not above: the tests of this file need no sandbox.
    from harness.sandbox.probe import probe_isolation  # noqa: PLC0415

    return probe_isolation()


def find_program(name: str) -> str | None:
    """Find a program on the path, or beside the interpreter, where pip puts ninja."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))


def as_table(findings: list[Finding]) -> str:
    """Write what was found for people: `ok`, `gap`, or `missing` for what nothing works without."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("what", style="bold", no_wrap=True)
    table.add_column("found, and how to mend it", overflow="fold")
    for finding in findings:
        state, colour = ("missing", "red") if finding.needed else ("gap", "yellow") if finding.mend else ("ok", "green")
        mend = f"\nmend: {finding.mend}" if finding.mend else ""
        table.add_row(Text(state, style=colour), finding.name, visible(f"{finding.found}{mend}"))
    return to_text([table], Style(colour=stdout_colour(), width=width()))


def _release(version: str) -> str:
    """Drop the build suffix of a version: `2.13.0+cpu` is a `2.13.0`."""
    return version.partition("+")[0]
