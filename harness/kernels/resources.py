"""Reads from a compiled Triton kernel what it costs: registers, spills, shared memory, tensor-core and wide accesses.

The cubin and the PTX come out of the submission's process (`harness.inside.triton_compile`), so they are untrusted
bytes here: sizes and times are bounded, and whatever cannot be read is a `ValueError` whose text can be shown to the
learner. The readers are NVIDIA's own, from the triton wheel; triton itself is not imported.

NOT covered: that the cubin is what the submission would really launch; that is the guest's word. And cuobjdump and
nvdisasm are not hardened against hostile files: they run as processes of their own under limits, with the judge's
rights.
"""

from __future__ import annotations

import contextlib
import importlib.util
import math
import re
import resource
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from harness.errors import JudgeError
from harness.kernels.ptx import InlineAsm, LineAccess, inline_assembly, read_ptx

MOST_FILE_BYTES = 16 << 20
MOST_OUTPUT_BYTES = 64 << 20
MOST_SHARED_BYTES = 1 << 30
TOOL_TIMEOUT_S = 30.0
TOOL_MEMORY_BYTES = 4 << 30

USAGE = re.compile(r"Function\s+(\w+):\s+REG:(\d+)\s+STACK:(\d+)\s+SHARED:(\d+)", re.ASCII)
# Up to Hopper the ELF flags are printed, from Blackwell on a target as in PTX.
LISTING_TARGET = re.compile(
    r"^\s*\.(?:headerflags\s.*[ \"]EF_CUDA_SM(\d+)\b|target\s+sm_(\d+))", re.MULTILINE | re.ASCII
)
# An instruction as nvdisasm prints it: /*0a40*/  @!P0 LDG.E.128 R4, desc[UR4][R2.64] ;
INSTRUCTION = re.compile(r"/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?([A-Z][A-Z0-9_]*)((?:\.\w+)*)", re.ASCII)
WIDE = frozenset({"128", "256"})
# What one block may opt in to. Source: "Technical Specifications per Compute Capability" in the CUDA programming guide.
SHARED_LIMIT_BYTES = {75: 64 << 10, 80: 163 << 10, 86: 99 << 10, 87: 163 << 10, 89: 99 << 10, 90: 227 << 10}
SHARED_LIMIT_BYTES |= {100: 227 << 10, 103: 227 << 10, 120: 99 << 10, 121: 99 << 10}


@dataclass(frozen=True)
class KernelResources:
    """What one compiled kernel uses; instructions are counted as they stand in the code, not as often as they run.

    Attributes:
        name: the kernel's entry in the PTX.
        capability: 90 for compute capability 9.0.
        alternative: number of the configuration of a tuned kernel, from 0.
        threads: of a block.
        registers: of a thread.
        stack_bytes: of a thread, in local memory; spilled registers live there.
        spill_load_count: loads from local memory (LDL). Triton has no other use for it than spilled registers.
        spill_store_count: stores to local memory (STL).
        shared_bytes: of a block, as the launch asks for it (the guest's word; no cubin holds it).
        mma_instructions: tensor-core products (HMMA and kin, HGMMA on Hopper, UTCHMMA on Blackwell).
        mma_opcodes: their names, sorted.
        fused: products and sums that are rounded once (FFMA, DFMA), asked for or made by the compiler.
        loads: from global memory into registers (LDG).
        load128: those of 16 bytes a thread or more.
        async_copies: from global to shared memory past the registers (LDGSTS, Ampere and newer).
        async_copy128: those of 16 bytes a thread.
        stores: from registers to global memory (STG).
        store128: those of 16 bytes a thread or more.
        bulk_loads: whole tiles fetched by TMA (UTMALDG, Hopper and newer).
        bulk_stores: whole tiles written by TMA (UTMASTG).
        cache_hints: eviction hints in the PTX ("L1::evict_first"), sorted.
        accesses: to global memory, from the PTX: by line of the source, kind, bytes a thread and eviction policy.
        inline_asm: the learner's own inline assembly that is in the PTX.
    """

    name: str
    capability: int
    alternative: int
    threads: int
    registers: int
    stack_bytes: int
    spill_load_count: int
    spill_store_count: int
    shared_bytes: int
    mma_instructions: int
    mma_opcodes: tuple[str, ...]
    fused: int
    loads: int
    load128: int
    async_copies: int
    async_copy128: int
    stores: int
    store128: int
    bulk_loads: int
    bulk_stores: int
    cache_hints: tuple[str, ...]
    accesses: tuple[LineAccess, ...]
    inline_asm: tuple[InlineAsm, ...]

    @property
    def spills(self) -> int:
        """Loads and stores of spilled registers together."""
        return self.spill_load_count + self.spill_store_count

    @property
    def fits(self) -> bool:
        """Whether such a card can start the kernel; an autotuner passes over a configuration that does not fit."""
        return self.shared_bytes <= SHARED_LIMIT_BYTES.get(self.capability, 0)


def read_resources(
    cubin: bytes, ptx: bytes, ttir: bytes = b"", *, shared_bytes: int = 0, alternative: int = 0
) -> KernelResources:  # fmt: skip
    """The resources of one kernel.

    Args:
        cubin: the ELF image.
        ptx: the text that it was assembled from.
        ttir: Triton's IR, in which inline assembly stands as it was written; without it, none is told.
        shared_bytes: shared memory of a block, as launched; only passed on.
        alternative: number of the configuration; only passed on.

    Raises:
        ValueError: one of the two is too large or cannot be read, or they do not belong together.
        JudgeError: NVIDIA's tools are not installed here.
    """
    text = read_ptx(ptx)
    entry, capability = text.entry, text.capability
    if not cubin.startswith(b"\x7fELF") or len(cubin) > MOST_FILE_BYTES:
        raise ValueError(f"the cubin of {entry} is no ELF image of at most {MOST_FILE_BYTES >> 20} MiB")
    with tempfile.TemporaryDirectory(prefix="cubin-") as scratch:
        image = Path(scratch, "kernel.cubin")
        image.write_bytes(cubin)
        usage = {match[1]: match for match in USAGE.finditer(_run(image, "cuobjdump", "-res-usage"))}
        listing = _run(image, "nvdisasm", "--print-code", "--no-dataflow")
    targets = {match[1] or match[2] for match in LISTING_TARGET.finditer(listing)}
    if entry not in usage or targets != {str(capability)}:
        raise ValueError(f"the cubin does not hold the kernel {entry} for sm_{capability} that the PTX describes")
    return KernelResources(
        name=entry,
        capability=capability,
        alternative=alternative,
        threads=text.threads,
        registers=max(int(match[2]) for match in usage.values()),
        stack_bytes=max(int(match[3]) for match in usage.values()),
        shared_bytes=shared_bytes,
        cache_hints=text.hints,
        accesses=text.accesses,
        inline_asm=inline_assembly(text, ttir),
        **_count_instructions(listing),
    )


def _count_instructions(listing: str) -> dict[str, Any]:
    """The counts of `KernelResources` that come from the instructions themselves."""
    every: Counter[str] = Counter()
    wide: Counter[str] = Counter()
    for opcode, modifiers in INSTRUCTION.findall(listing):
        every[opcode] += 1
        wide[opcode] += not WIDE.isdisjoint(modifiers.split("."))
    products = {opcode: count for opcode, count in every.items() if opcode.endswith("MMA")}
    return {
        "spill_load_count": every["LDL"],
        "spill_store_count": every["STL"],
        "mma_instructions": sum(products.values()),
        "mma_opcodes": tuple(sorted(products)),
        "fused": every["FFMA"] + every["DFMA"],
        "loads": every["LDG"],
        "load128": wide["LDG"],
        "async_copies": every["LDGSTS"],
        "async_copy128": wide["LDGSTS"],
        "stores": every["STG"],
        "store128": wide["STG"],
        "bulk_loads": every["UTMALDG"],
        "bulk_stores": every["UTMASTG"],
    }


def _bounded(file: BinaryIO, most_bytes: int, name: str) -> bytes:
    content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise ValueError(f"{name} is longer than {most_bytes >> 20} MiB")
    return content


def _run(image: Path, tool: str, *options: str) -> str:
    """What one of NVIDIA's readers prints about `image`; a ValueError if it gives up, hangs or prints without end."""
    command = [str(_tools() / tool), *options, str(image)]
    quiet = subprocess.DEVNULL
    with (
        tempfile.TemporaryFile() as printed,
        subprocess.Popen(command, stdin=quiet, stdout=printed, stderr=quiet, cwd=image.parent, env={}) as process,
    ):
        _limit(process.pid)
        try:
            code = process.wait(TOOL_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise ValueError(f"{tool} could not read the cubin within {TOOL_TIMEOUT_S:g} s") from None
        if code != 0:
            raise ValueError(f"{tool} could not read the cubin (exit status {code})")
        printed.seek(0)
        return _bounded(printed, MOST_OUTPUT_BYTES, f"the output of {tool}").decode("ascii", errors="replace")


def _limit(pid: int) -> None:
    """Limits on a reader that has just started; one that has already ended needs none."""
    limits = {
        resource.RLIMIT_CPU: math.ceil(TOOL_TIMEOUT_S),
        resource.RLIMIT_AS: TOOL_MEMORY_BYTES,
        resource.RLIMIT_FSIZE: MOST_OUTPUT_BYTES,
        resource.RLIMIT_CORE: 0,
    }
    with contextlib.suppress(ProcessLookupError):
        for kind, limit in limits.items():
            resource.prlimit(pid, kind, (limit, limit))


def _tools() -> Path:
    """The folder of cuobjdump and nvdisasm inside the triton wheel."""
    found = importlib.util.find_spec("triton")
    folder = Path(found.origin).parent / "backends/nvidia/bin" if found is not None and found.origin else None
    if folder is None or not (folder / "nvdisasm").exists():
        raise JudgeError("NVIDIA's cuobjdump and nvdisasm were not found; they come with triton: pip install triton")
    return folder
