"""The submission's Triton kernels as a hidden test examines them where there is no GPU: interpreted, and compiled.

    run = kernel.interpret(*arguments, promised=(Expected(shape, dtype),))     # values, launches, traffic
    kernel.refuse_decoy(*arguments, promised=...)                              # the kernels make the output
    facts = kernel.compile(*arguments, capabilities=(75, 80, 90, 100))         # registers, spills, vector widths, hints

Values are judged from bytes, as in every call. What is said of launches, traffic and compiled code comes out of the
submission's own process, so a check that asks for it rests on the guest's word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from harness.errors import NotMeasured, SubmissionFault
from harness.findings import Finding
from harness.kernel_parts import Interpreted, Interpreting
from harness.kernels.interpreted import Launch, Run, read_run, refuse_decoy
from harness.kernels.resources import KernelResources, read_resources
from harness.kernels.tell import predicted_times, resources_by_card, traffic_by_line
from harness.outcomes import Failure
from harness.plan import GradingPlan
from harness.plugin.candidate import Bench, Submission
from harness.readings import Cause, Witness
from harness.sandbox.staging import Argument, Expected, shapes_of


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where a test's check is told what it rests on, and what was found for it."""

    rest_on: Callable[[Witness], None]
    find: Callable[[Finding], None]


class Kernel:
    """The `kernel` fixture of one test."""

    def __init__(self, bench: Bench, plan: GradingPlan, function: str | None, ledger: Ledger) -> None:
        self._bench = bench
        self._plan = plan
        self._function = function
        self._load_s = plan.limits.load_s
        self._ledger = ledger

    def at(self, function: str) -> Kernel:
        """Give the same kernels, reached by another function of the driver."""
        return Kernel(self._bench, self._plan, function, self._ledger)

    def interpret(
        self, *arguments: Argument, promised: Sequence[Expected], alternative: int = 0, most_programs: int = 4096
    ) -> Run:
        """Call the submission once with its kernels interpreted on the CPU.

        New memory is filled with NaN (or the largest whole number) there, bars lie behind every input, and every
        address is checked against the tensors that the kernel may know. bfloat16 is rounded as hardware does.

        Args:
            arguments: as for `submission`.
            promised: form of each returned tensor.
            alternative: which configuration of an autotuned kernel runs; `Launch.alternatives` says how many there are.
            most_programs: programs that one launch may ask for.

        Raises:
            SubmissionFault: as for `submission`; also `illegal_access`, `runtime` and `timeout` (too many programs),
                with the kernel and the line, whether or not the wrapper hides it.
            NotMeasured: it needs what the interpreter can't do, which is not the learner's fault.
        """
        return self._interpreted(arguments, promised, Interpreting(alternative, most_programs))

    def refuse_decoy(self, *arguments: Argument, promised: Sequence[Expected], most_programs: int = 4096) -> Run:
        """Call twice, once with no program run, and refuse an output that is not the kernels' work; give the first run.

        Raises:
            SubmissionFault: with cause `forbidden`, or as for `interpret`.
        """
        run = self._interpreted(arguments, promised, Interpreting(most_programs=most_programs))
        ghost = self._interpreted(arguments, promised, Interpreting(most_programs=most_programs, is_ghost=True))
        refuse_decoy(run, ghost)
        return run

    def reach(self, *arguments: Argument, programs: int = 8) -> tuple[Launch, ...]:
        """Look at the addresses of a few programs of each launch, for shapes of any size; give the launches.

        Tensors (those on the device `meta` will do) are stood for by CUDA tensors without memory: loads give zeros,
        nothing is stored, and the first, the last and some random programs run. So an offset that does not fit into 32
        bits is seen on a machine that could never hold the tensor.

        Raises:
            SubmissionFault: with cause `illegal_access`, the kernel, the line and the distance; or the wrapper raised.
            NotMeasured: it needs what the interpreter can't do.
        """
        self._ledger.rest_on(Witness.GUEST)
        answer = self._bench.interpreting().reach(self._name(), arguments, Interpreting(reach=programs), self._load_s)
        return self._readable(answer, (), arguments).launches

    def compile(
        self, *arguments: Argument, capabilities: Sequence[int] = (75, 80, 90, 100), alternatives: bool = False
    ) -> list[KernelResources]:
        """Tell what each launch uses on each card, compiled; tensors may be on the device `meta`.

        Of a tuned kernel the first configuration is compiled, or with `alternatives` every one: they are told apart by
        `KernelResources.alternative`.

        Raises:
            SubmissionFault: the wrapper raised on stand-ins for CUDA tensors, or a kernel does not compile.
        """
        self._ledger.rest_on(Witness.GUEST)
        session = self._bench.candidate()
        compiled = session.compile(self._name(), arguments, capabilities, self._load_s, alternatives=alternatives)
        try:
            return [
                read_resources(*files, shared_bytes=kernel.shared_bytes, alternative=kernel.alternative)
                for kernel, *files in compiled
            ]
        except ValueError as error:
            raise SubmissionFault(Failure(Cause.COMPILE, f"a compiled kernel can't be read: {error}")) from error

    def tell_traffic(self, run: Run, name: str = "traffic") -> None:
        """Show in the report what each line of the learner's file moves in this run."""
        self._ledger.find(traffic_by_line(run, self._plan.submission, name))

    def tell_resources(self, found: Sequence[KernelResources], name: str = "resources") -> None:
        """Show in the report what each launch takes on each architecture."""
        self._ledger.find(resources_by_card(found, name))

    def tell_prediction(self, total_bytes: int, what: str) -> None:
        """Show in the report how long that traffic would take at stated bandwidths: called a prediction there."""
        self._ledger.find(predicted_times(total_bytes, what))

    def _interpreted(self, arguments: Sequence[Argument], promised: Sequence[Expected], how: Interpreting) -> Run:
        self._ledger.rest_on(Witness.GUEST)
        session = self._bench.interpreting()
        answer, outputs = session.interpret(self._name(), arguments, promised, how, self._load_s)
        return self._readable(answer, outputs, arguments)

    def _readable(
        self, answer: Interpreted, outputs: Sequence[torch.Tensor], arguments: Sequence[Argument]
    ) -> Run:  # fmt: skip
        if answer.unsupported is not None:
            raise NotMeasured(f"{answer.unsupported}; it is judged where there is a CUDA GPU")
        try:
            return read_run(answer, outputs)
        except ValueError as error:
            text = f"what it says of its kernels contradicts itself: {error}"
            raise SubmissionFault(Failure(Cause.PROTOCOL, text, shape=shapes_of(arguments))) from error

    def _name(self) -> str:
        return Submission(self._bench, self._function, self._load_s).function
