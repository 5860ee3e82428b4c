"""A conversation with one guest in tensors: inputs staged, outputs poisoned, read back, and checked for their form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch

from harness import wire
from harness.device_memory import DeviceMemory
from harness.errors import JudgeError, SubmissionFault
from harness.graph_parts import GraphsCounted
from harness.kernel_parts import Interpret, Interpreted, Interpreting
from harness.outcomes import Failure
from harness.parts import CallRequest, CompiledKernel, Returned, TensorLayout
from harness.payload import dtype_name
from harness.readings import Cause
from harness.sandbox.blame import blamed_rightly
from harness.sandbox.process import GuestProcess, fresh_nonce
from harness.sandbox.staging import Arguments, Expected, Staged, Staging, forms_of, shapes_of

_Answer = TypeVar("_Answer", Interpreted, GraphsCounted)
"""Answers about a call that was looked at; they carry outputs."""

_MAP_S = 60.0
"""Making a CUDA context takes a second, on a busy machine several."""


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came back from one call frame.

    Attributes:
        outputs: for each call its returned tensors, private copies of the judge.
        wall_s: the judge's time for the whole frame.
        stop_s: the part of it that it took to freeze the guest.
        operators: names that the dispatcher saw, if the guest records them.
    """

    outputs: tuple[tuple[torch.Tensor, ...], ...]
    wall_s: float
    stop_s: float
    operators: tuple[str, ...]


class Session:
    """A guest that loads one submission (or baseline), spoken to in tensors.

    A trusted one (a baseline) that fails is a fault of ours, never of the learner who is raced against it.

    Attributes:
        guest: the process.
        is_loaded: whether the submission has been imported in it.
        is_trusted: whether it holds what is ours.
    """

    def __init__(self, guest: GuestProcess, generator: torch.Generator, *, is_trusted: bool = False) -> None:
        self.guest = guest
        self.is_trusted = is_trusted
        self.is_loaded = False
        self._generator = generator
        self._staging = Staging(guest.inputs, guest.outputs, generator)

    @property
    def device(self) -> str:
        """Type of the device on which the tensors of every call lie: `cpu` or `cuda`."""
        return self._staging.device

    def move_to(self, inputs: DeviceMemory, outputs: DeviceMemory) -> None:
        """From now on let tensors lie in these ranges of the judge's device memory; only before anything is loaded.

        Raises:
            JudgeError: the guest can't map them.
        """
        question = wire.Map(fresh_nonce(), inputs.handle, inputs.size_bytes, outputs.handle, outputs.size_bytes)
        answer = self.guest.ask(question, _MAP_S).answer
        if not isinstance(answer, wire.Loaded):
            said = answer.message if isinstance(answer, wire.Failed) else type(answer).__name__
            raise JudgeError(f"guest {self.guest.label} can't work on the GPU: {said}")
        self._staging = Staging(inputs, outputs, self._generator)

    @blamed_rightly
    def load(self, entry: str | None, functions: Sequence[str], deadline_s: float, *, driven: bool = False) -> float:
        """Import the submission (compiling what it compiles) and give the seconds that this took.

        `entry` is its file, None where it is a folder of modules; with `driven` the functions are the driver's.

        Raises:
            SubmissionFault: it can't be imported, or lacks a function.
        """
        exchange = self.guest.ask(wire.Load(fresh_nonce(), entry, driven, tuple(functions)), deadline_s)
        self._refuse_failure(exchange.answer, None)
        if not isinstance(exchange.answer, wire.Loaded):
            raise self.guest.fault(Cause.PROTOCOL, f"answered {type(exchange.answer).__name__} to a load")
        self.is_loaded = True
        return exchange.wall_s

    @blamed_rightly
    def call(
        self,
        function: str,
        batch: Sequence[Arguments],
        promised: Sequence[Expected],
        deadline_s: float,
        look: Callable[[], None] | None = None,
    ) -> CallResult:
        """Call `function` once for each of `batch`, in one frame; every call must return what `promised` says.

        `look` is called at random moments while the guest stands (`GuestProcess.ask`). Every frame is made, judged and
        timed in the same way, so nothing tells a guest which ones count.

        Raises:
            SubmissionFault: anything but right types, shapes and devices came back, an input was changed, or the guest
                misbehaved (`GuestProcess.ask`).
        """
        staged = self._staging.stage(batch, promised)
        question = wire.Call(fresh_nonce(), function, staged.requests)
        exchange = self.guest.ask(question, deadline_s, look)
        snapshot, snapshot_s = self._staging.snapshot(staged.requests, promised)
        self._refuse_failure(exchange.answer, batch)
        if not isinstance(exchange.answer, wire.Done) or len(exchange.answer.outputs) != len(batch):
            raise self.guest.fault(Cause.PROTOCOL, "answered something else than its outputs to a call")
        outputs = tuple(
            self._collect(returned, snapshot.get(number) or self._staging.copies(request, promised), promised, given)
            for number, (returned, request, given) in enumerate(
                zip(exchange.answer.outputs, staged.requests, batch, strict=True)
            )
        )
        self._refuse_mutation(staged, batch)
        return CallResult(outputs, exchange.wall_s + snapshot_s, exchange.stop_s, exchange.answer.operators)

    @blamed_rightly
    def compile(
        self,
        function: str,
        arguments: Arguments,
        capabilities: Sequence[int],
        deadline_s: float,
        *,
        alternatives: bool = False,
    ) -> list[tuple[CompiledKernel, bytes, bytes, bytes]]:
        """Have the guest compile the Triton kernels that `function` would launch on CUDA tensors like `arguments`.

        Gives each kernel with its cubin, its PTX and Triton's IR of it, all the guest's word.

        Raises:
            SubmissionFault: the wrapper raised, a kernel does not compile, or the answer is none.
        """
        forms = forms_of(arguments)
        question = wire.Compile(fresh_nonce(), function, forms, tuple(capabilities), alternatives)
        answer = self.guest.ask(question, deadline_s).answer
        self._refuse_failure(answer, [arguments])
        if not isinstance(answer, wire.Compiled):
            raise self.guest.fault(Cause.PROTOCOL, "answered something else than kernels to a compile")
        return [
            (
                kernel,
                self._file(kernel.cubin_offset, kernel.cubin_size),
                self._file(kernel.ptx_offset, kernel.ptx_size),
                self._file(kernel.ttir_offset, kernel.ttir_size),
            )
            for kernel in answer.kernels
        ]

    @blamed_rightly
    def interpret(
        self, function: str, arguments: Arguments, promised: Sequence[Expected], how: Interpreting, deadline_s: float
    ) -> tuple[Interpreted, tuple[torch.Tensor, ...]]:
        """Call `function` once with its Triton kernels interpreted; outputs are none where that is not possible.

        Raises:
            SubmissionFault: as for `call`, or a kernel did something wrong.
        """
        return self.examine(
            lambda request: Interpret(fresh_nonce(), function, request, how),
            Interpreted,
            arguments,
            promised,
            deadline_s,
        )

    @blamed_rightly
    def reach(self, function: str, arguments: Arguments, how: Interpreting, deadline_s: float) -> Interpreted:
        """Have the guest look at the addresses of a few programs, on tensors like `arguments` without memory.

        Raises:
            SubmissionFault: the wrapper raised, or an address lies outside of every tensor.
        """
        question = Interpret(fresh_nonce(), function, CallRequest(forms_of(arguments), ()), how)
        answer = self.guest.ask(question, deadline_s).answer
        self._refuse_failure(answer, [arguments])
        if not isinstance(answer, Interpreted):
            raise self.guest.fault(Cause.PROTOCOL, "answered something else than an interpreted call")
        return answer

    @blamed_rightly
    def examine(
        self,
        question: Callable[[CallRequest], wire.Message],
        kind: type[_Answer],
        arguments: Arguments,
        promised: Sequence[Expected],
        deadline_s: float,
    ) -> tuple[_Answer, tuple[torch.Tensor, ...]]:
        """Have one call looked at, as `question` asks; give the answer, with the outputs unless it was not possible.

        Raises:
            SubmissionFault: as for `call`, or the answer is not of that kind.
        """
        staged = self._staging.stage([arguments], promised)
        answer = self.guest.ask(question(staged.requests[0]), deadline_s).answer
        self._refuse_failure(answer, [arguments])
        if not isinstance(answer, kind):
            raise self.guest.fault(Cause.PROTOCOL, f"answered something else than {kind.__name__}")
        self._refuse_mutation(staged, [arguments])
        if isinstance(answer, Interpreted) and answer.unsupported is not None:
            return answer, ()
        copies = self._staging.copies(staged.requests[0], promised)
        return answer, self._collect(answer.outputs, copies, promised, arguments)

    def _file(self, offset: int, size: int) -> bytes:
        if offset + size > self.guest.outputs.size_bytes:
            raise self.guest.fault(Cause.PROTOCOL, "a compiled kernel reaches beyond the shared memory")
        return self.guest.outputs.bytes[offset : offset + size].numpy().tobytes()

    @blamed_rightly
    def nothing_s(self, promised: Sequence[Expected] = (), calls: int = 0) -> float:
        """Give the seconds of a frame of `calls` in which such outputs are handed over and nothing else is done.

        Only a trusted guest's are of use: thaw, talk, the copies of the outputs, freeze and, on a GPU, the snapshot.
        """
        staged = self._staging.stage([()] * calls, promised)
        exchange = self.guest.ask(wire.Call(fresh_nonce(), "", staged.requests), 10.0)
        _, snapshot_s = self._staging.snapshot(staged.requests, promised)
        self._refuse_failure(exchange.answer, None)
        return exchange.wall_s + snapshot_s

    def calls_that_fit(self, arguments: Arguments, promised: Sequence[Expected]) -> int:
        """Give how many calls of this size one frame can hold."""
        return self._staging.calls_that_fit(arguments, promised)

    def room_for(self, arguments: Arguments, promised: Sequence[Expected]) -> tuple[int, int]:
        """Give the bytes of the input and of the output segment that one call of this size takes."""
        return self._staging.room_for(arguments, promised)

    def _collect(
        self,
        returned: tuple[Returned, ...],
        copies: tuple[torch.Tensor, ...],
        promised: Sequence[Expected],
        arguments: Arguments,
    ) -> tuple[torch.Tensor, ...]:
        """Refuse outputs that don't have the promised form; give the judge's copies of them."""
        if len(returned) != len(promised):
            raise self.guest.fault(Cause.PROTOCOL, f"described {len(returned)} outputs instead of {len(promised)}")
        shapes = shapes_of(arguments)
        for said, expected in zip(returned, promised, strict=True):
            self._refuse_form(said, expected, shapes)
        return copies

    def _refuse_form(self, said: Returned, expected: Expected, shapes: str) -> None:
        dtype = dtype_name(expected.dtype)
        for cause, actual, wanted in (
            (Cause.DEVICE, said.device, self.device),
            (Cause.DTYPE, said.dtype, dtype),
            (Cause.SHAPE, str(said.shape), str(expected.shape)),
        ):
            if actual != wanted:
                message = f"the output has the wrong {cause}"
                raise SubmissionFault(
                    Failure(cause, message, wanted, actual, shape=shapes, output=self.guest.printed())
                )
        if not said.written:
            raise self.guest.fault(Cause.PROTOCOL, "an output of the right form was not handed over")

    def _refuse_failure(self, answer: wire.Message, batch: Sequence[Arguments] | None) -> None:
        if not isinstance(answer, wire.Failed):
            return
        if answer.cause not in set(Cause):
            raise self.guest.fault(Cause.PROTOCOL, f"gave an unknown cause: {answer.cause}")
        shapes = shapes_of(batch[answer.call]) if batch and 0 <= answer.call < len(batch) else None
        output, trace = self.guest.printed(), answer.trace or None
        raise SubmissionFault(Failure(Cause(answer.cause), answer.message, shape=shapes, output=output, trace=trace))

    def _refuse_mutation(self, staged: Staged, batch: Sequence[Arguments]) -> None:
        first = self._staging.first_changed_byte(staged)
        if first is None:
            return
        for request, arguments in zip(staged.requests, batch, strict=True):
            for number, part in enumerate(request.arguments):
                if isinstance(part, TensorLayout) and part.offset <= first < part.offset + part.extent_bytes:
                    message = f"argument {number} is not what it was before the call: inputs must stay untouched"
                    raise SubmissionFault(Failure(Cause.INPUT_MUTATED, message, shape=shapes_of(arguments)))
        raise self.guest.fault(Cause.ILLEGAL_ACCESS, "memory beside the inputs was written")
