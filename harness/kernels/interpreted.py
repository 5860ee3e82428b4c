"""What one interpreted call showed: outputs, launches, and the bytes that each line of each kernel moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from harness.errors import SubmissionFault
from harness.kernel_parts import Interpreted, KernelAccess, KernelLaunch, KernelMemory
from harness.operators import computing_operators
from harness.outcomes import Failure
from harness.readings import Cause


@dataclass(frozen=True, slots=True)
class Launch:
    """One launch of a kernel.

    Attributes:
        kernel: its name.
        file: of the submission, relative; empty where the kernel's source is no file of it.
        line: of its `def`.
        grid: programs along each axis.
        alternatives: configurations that `@triton.autotune` would choose from; 1 without.
    """

    kernel: str
    file: str
    line: int
    grid: tuple[int, ...]
    alternatives: int

    @property
    def programs(self) -> int:
        """Programs of the grid."""
        count = 1
        for size in self.grid:
            count *= size
        return count


@dataclass(frozen=True, slots=True)
class Access:
    """What one line does with one tensor, over all programs of a launch.

    Attributes:
        launch: index into the launches.
        kernel: name of the launched kernel.
        parameter: the kernel's parameter whose memory this is; empty where it got there by another way.
        owner: `argument N` of the call, `output N`, or `made inside`.
        kind: `load`, `store` or `atomic` (which counts as both).
        file: of the submission, relative.
        line: in that file; 0 where the source is no file of it.
        requested_bytes: of every element of every unmasked lane.
        unique_bytes: each byte of memory counted once.
    """

    launch: int
    kernel: str
    parameter: str
    owner: str
    kind: str
    file: str
    line: int
    requested_bytes: int
    unique_bytes: int


@dataclass(frozen=True, slots=True)
class ParameterTraffic:
    """Unique bytes of one tensor in one launch; the names are those of `Access`.

    `raced_bytes` are those that one program stores and another one loads or stores: on a GPU, in no known order.
    """

    launch: int
    parameter: str
    owner: str
    load_bytes: int
    store_bytes: int
    raced_bytes: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes that kernels moved: unique within each launch and tensor and direction, summed; and requested ones."""

    load_bytes: int
    store_bytes: int
    requested_load_bytes: int
    requested_store_bytes: int

    @property
    def total_bytes(self) -> int:
        """Unique bytes both ways: what a card with a cache as large as the tensors would fetch and write."""
        return self.load_bytes + self.store_bytes


@dataclass(frozen=True, slots=True)
class Run:
    """One interpreted call. The outputs are what the judge read; the rest is the word of the submission's process.

    Attributes:
        outputs: the returned tensors.
        written: for each output the share of its bytes that a kernel stored and nothing has changed since, 0 to 1.
        launches: in order.
        accesses: one for each launch, tensor, kind and line.
        parameters: one for each launch and tensor.
        operators: torch operators that the submission called outside of kernels, but for those that create or view.
        notes: what was mended in the interpreter's arithmetic for this call, in sentences.
    """

    outputs: tuple[torch.Tensor, ...]
    written: tuple[float, ...]
    launches: tuple[Launch, ...]
    accesses: tuple[Access, ...]
    parameters: tuple[ParameterTraffic, ...]
    operators: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def raced_bytes(self) -> int:
        """Bytes for which programs of one launch race, of all tensors; 0 for a kernel whose programs keep apart."""
        return sum(one.raced_bytes for one in self.parameters)

    @property
    def traffic(self) -> Traffic:
        """The bytes of all launches together."""
        return Traffic(
            load_bytes=sum(one.load_bytes for one in self.parameters),
            store_bytes=sum(one.store_bytes for one in self.parameters),
            requested_load_bytes=sum(one.requested_bytes for one in self.accesses if one.kind != "store"),
            requested_store_bytes=sum(one.requested_bytes for one in self.accesses if one.kind != "load"),
        )


def read_run(answer: Interpreted, outputs: Sequence[torch.Tensor]) -> Run:
    """Put an answer into values.

    Raises:
        ValueError: its parts do not belong together.
    """
    launches, memories = answer.launches, answer.memories
    if len(answer.written_bytes) != len(outputs):
        raise ValueError(f"{len(answer.written_bytes)} counts of written bytes for {len(outputs)} outputs")
    numbers = [one.launch for one in memories] + [one.launch for one in answer.accesses]
    if any(number >= len(launches) for number in numbers):
        raise ValueError("an access belongs to no launch")
    if any(one.memory >= len(memories) for one in answer.accesses):
        raise ValueError("an access belongs to no tensor")
    return Run(
        outputs=tuple(outputs),
        written=tuple(
            min(1.0, written / tensor.nbytes) if tensor.nbytes else 1.0
            for written, tensor in zip(answer.written_bytes, outputs, strict=True)
        ),
        launches=tuple(_launch(one) for one in launches),
        accesses=tuple(_access(one, launches, memories) for one in answer.accesses),
        parameters=tuple(
            ParameterTraffic(one.launch, one.parameter, one.owner, one.load_bytes, one.store_bytes, one.raced_bytes)
            for one in memories
        ),
        operators=computing_operators(answer.operators),
        notes=answer.notes,
    )


def refuse_decoy(run: Run, ghost: Run) -> None:
    """Refuse an output that is there without its kernels, or that they did not write.

    `ghost` is the same call with no program run. Elements that are zero say nothing: a buffer may start as zeros.

    Raises:
        SubmissionFault: with cause `forbidden`; the text says how much of which output is not the kernels' work.
    """
    if not run.launches:
        raise SubmissionFault(Failure(Cause.FORBIDDEN, "no Triton kernel was launched"))
    for number, (output, without) in enumerate(zip(run.outputs, ghost.outputs, strict=True)):
        telling = output.ne(0)
        same = int((telling & output.eq(without)).sum())
        if same * 2 > int(telling.sum()):
            raise SubmissionFault(
                Failure(
                    Cause.FORBIDDEN,
                    f"{same} of {int(telling.sum())} elements of output {number} are the same when the kernels do "
                    "nothing: they are computed somewhere else, or kept from an earlier call",
                )
            )
    for number, share in enumerate(run.written):
        if share < 1.0:
            raise SubmissionFault(
                Failure(
                    Cause.FORBIDDEN,
                    f"only {100 * share:.1f} % of the bytes of output {number} are what a kernel stored: the rest was "
                    "left unwritten, or written by something else than a kernel",
                )
            )


def _launch(one: KernelLaunch) -> Launch:
    return Launch(one.kernel, one.file, one.line, one.grid, one.alternatives)


def _access(one: KernelAccess, launches: Sequence[KernelLaunch], memories: Sequence[KernelMemory]) -> Access:
    memory = memories[one.memory]
    return Access(
        one.launch, launches[one.launch].kernel, memory.parameter, memory.owner, one.kind, one.file, one.line,
        one.requested_bytes, one.unique_bytes,
    )  # fmt: skip
