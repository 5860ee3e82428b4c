"""What is known of a kernel without a GPU, as findings: traffic by line, resources by card, predicted times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from harness.findings import MOST_ROWS, Cell, Column, Finding
from harness.kernels.interpreted import Access, Run
from harness.kernels.resources import KernelResources
from harness.readings import Witness

MOST_SOURCE_BYTES, MOST_NAME_BYTES = 1 << 20, 256

# Memory bandwidth as the vendor's data sheets state it, in 1e9 bytes a second.
STATED_GB_PER_S: Mapping[str, int] = {
    "T4": 320, "A10": 600, "L4": 300, "A100 80GB SXM": 2039, "H100 SXM": 3350, "B200": 8000, "RTX 5090": 1792,
}  # fmt: skip

_TRAFFIC_COLUMNS = (
    Column("line", "count"), Column("source"), Column("kernel"), Column("access"), Column("tensor"),
    Column("unique", "bytes"), Column("requested", "bytes"), Column("share", "%"),
)  # fmt: skip
_RESOURCE_COLUMNS = (
    Column("kernel"), Column("sm", "count"), Column("regs", "count"), Column("spills", "count"),
    Column("shared", "bytes"), Column("loads", "count"), Column("wide loads", "count"), Column("stores", "count"),
    Column("wide stores", "count"), Column("mma", "count"), Column("fused", "count"), Column("asm", "count"),
    Column("eviction"),
)  # fmt: skip


def traffic_by_line(run: Run, folder: Path, name: str = "traffic") -> Finding:
    """Show what each line of the learner's file moves, next to the line itself.

    `folder` is the submission's; a file is read only where it lies in it and is no link.
    """
    sources: dict[str, list[str]] = {}
    whole = max(1, sum(one.unique_bytes for one in run.accesses))
    rows: list[tuple[Cell, ...]] = []
    for one in sorted(run.accesses, key=lambda one: (one.launch, one.file, one.line, one.kind))[:MOST_ROWS]:
        if one.file not in sources:
            sources[one.file] = _lines(folder, one.file)
        rows.append((
            one.line, _line(sources[one.file], one.line), one.kernel, one.kind, _tensor(one), one.unique_bytes,
            one.requested_bytes, 100 * one.unique_bytes / whole,
        ))  # fmt: skip
    return Finding(
        name=name,
        title=f"bytes that each line moves: {run.traffic.total_bytes:,} in {_launches(len(run.launches))}",
        columns=_TRAFFIC_COLUMNS,
        rows=tuple(rows),
        witness=Witness.GUEST,
        note="; ".join(("unique counts each byte once, as if what is read again came from a cache", *run.notes)),
    )


def resources_by_card(found: Iterable[KernelResources], name: str = "resources") -> Finding:
    """Show what each launch takes on each architecture that it was compiled for."""
    kernels = list(found)[:MOST_ROWS]
    rows = tuple(
        (
            _called(one), one.capability, one.registers, one.spills, one.shared_bytes, one.loads + one.async_copies,
            one.load128 + one.async_copy128, one.stores, one.store128, one.mma_instructions, one.fused,
            len(one.inline_asm), ", ".join(sorted({access.policy for access in one.accesses if access.policy})) or None,
        )
        for one in kernels
    )  # fmt: skip
    too_large = [
        f"{one.name} asks for more shared memory than sm_{one.capability} has" for one in kernels if not one.fits
    ]
    return Finding(
        name=name,
        title="what each kernel takes, compiled without a GPU",
        columns=_RESOURCE_COLUMNS,
        rows=rows,
        witness=Witness.GUEST,
        note="; ".join(("instructions as they stand in the code; wide ones move 16 bytes a thread", *too_large)),
    )


def predicted_times(
    total_bytes: int, what: str, *, gb_per_s: Mapping[str, float] = STATED_GB_PER_S, name: str = "predicted_times"
) -> Finding:
    """Predict how long that traffic takes at each card's stated bandwidth: a floor, and no measurement.

    Args:
        total_bytes: that the kernels move for the shape that is meant.
        what: that shape, in words.
        gb_per_s: bandwidth of each card in 1e9 bytes a second.
        name: of the finding.
    """
    rows = [(card, float(speed), total_bytes / speed / 1e3) for card, speed in gb_per_s.items()]
    return Finding(
        name=name,
        title=f"predicted time for {what}: {total_bytes:,} bytes",
        columns=(Column("card"), Column("stated bandwidth", "GB/s"), Column("prediction", "us")),
        rows=tuple(rows),
        witness=Witness.GUEST,
        note="a prediction from bytes and data sheets alone, and a floor: nothing was run on such a card here",
    )


def _called(kernel: KernelResources) -> str:
    """Name a kernel, and its configuration where it is not the first one."""
    return f"{kernel.name} #{kernel.alternative}" if kernel.alternative else kernel.name


def _launches(count: int) -> str:
    return f"{count} launch" if count == 1 else f"{count} launches"


def _tensor(access: Access) -> str:
    """Name a tensor by the kernel's parameter and by whose it is."""
    return f"{access.parameter} ({access.owner})" if access.parameter else access.owner


def _lines(folder: Path, file: str) -> list[str]:
    """Give the lines of a file of the submission; none where the guest names something else."""
    path = folder / file
    if (
        not 0 < len(file.encode()) < MOST_NAME_BYTES
        or path.is_symlink()
        or not path.is_file()
        or not path.resolve().is_relative_to(folder.resolve())
    ):
        return []
    with path.open("rb") as opened:
        return opened.read(MOST_SOURCE_BYTES).decode(errors="replace").splitlines()


def _line(lines: Sequence[str], number: int) -> str | None:
    return lines[number - 1].strip() if 1 <= number <= len(lines) else None
