"""Main program of a guest: answers the judge's questions about one submission until the judge hangs up."""

from __future__ import annotations

import argparse
import os
import resource
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import torch

from harness import wire
from harness.fields import WireError
from harness.graph_parts import CountGraphs, GraphsCounted
from harness.inside import faults, guard, registered
from harness.inside.allocator import Allocator, keep_nothing, touch, trim
from harness.inside.loading import Modules, load_driver, load_functions
from harness.inside.operators import Recorder
from harness.kernel_parts import Interpret
from harness.memory_parts import Settle, Settled
from harness.parts import CallRequest, Returned, Scalar
from harness.payload import Room, Segment, stand_in

if TYPE_CHECKING:
    from harness.inside.graph_meter import GraphMeter
    from harness.inside.interpreted import Interpreter


def main(arguments: Sequence[str] | None = None) -> None:
    """Bind the descriptors that the judge handed over, then answer one message after the other."""
    options = _options().parse_args(arguments)
    _bound_resources(options)
    torch.set_num_threads(options.threads)
    connection = socket.socket(fileno=guard.out_of_reach(options.socket))
    channel = wire.Channel(connection)
    segments = Segment(options.inputs), Segment(options.outputs)
    registered.remember(options.submission)
    guest = Guest(options.submission, options.driver, *segments, Recorder(options.record))
    answer = guest.answer
    if options.interpret:
        guest.start_interpreter()
    if options.count:
        guest.start_counting()
    if options.memory:
        keep_nothing()
    if options.ranks:
        # torch.distributed takes a while to import: only where there are ranks.
        from harness.inside.ranks import Patience, Ranks  # noqa: PLC0415

        ranks = Ranks(options.ranks, guest.answer, Patience(options.load_s, options.call_s))
        ranks.start(options.driver, hang_up=connection.close)
        answer = ranks.answer
    channel.send(wire.Ready(wire.VERSION))
    while (question := channel.receive()) is not None:
        channel.send(answer(question))
    # Threads, exit handlers and finalisers that the submission left behind have no say in how a guest ends.
    os._exit(0)


class Guest:
    """One submission's functions, and the two segments through which tensors come and go."""

    def __init__(
        self, folder: str, driver: str | None, inputs: Segment, outputs: Segment, recorder: Recorder
    ) -> None:  # fmt: skip
        self._folder = folder
        self._driver = driver
        self._modules: Modules | None = None
        self._inputs: Room = inputs
        self._outputs: Room = outputs
        self._settle: Callable[[], None] = _nothing_to_wait_for
        self._recorder = recorder
        self._functions: dict[str, guard.Function] = {}
        self._interpreter: Interpreter | None = None
        self._graphs: GraphMeter | None = None
        self._allocator = Allocator()

    def start_interpreter(self) -> None:
        """Let Triton interpret whatever kernel is defined from now on."""
        os.environ |= {"TRITON_INTERPRET": "1", "TORCH_COMPILE_DISABLE": "1"}
        from harness.inside.interpreted import Interpreter  # noqa: PLC0415

        self._interpreter = Interpreter(self._folder)

    def start_counting(self) -> None:
        """Count from now on what torch.compile makes of the submission."""
        # Dynamo takes seconds to import: only where it is counted.
        from harness.inside.graph_meter import GraphMeter  # noqa: PLC0415

        self._graphs = GraphMeter(self._folder, self._driver)

    def answer(self, question: wire.Message) -> wire.Message:
        """Do what one message asks; whatever the submission raises becomes a `Failed`."""
        answers: dict[type[wire.Message], Callable[[Any], wire.Message]] = {
            wire.Map: self._map,
            wire.Load: self._load,
            wire.Call: self._call,
            wire.Compile: self._compile,
            Interpret: self._interpret,
            CountGraphs: self._count_graphs,
            Settle: self._come_to_rest,
        }
        if type(question) not in answers:
            raise WireError(f"a guest is never asked a {type(question).__name__}")
        return answers[type(question)](question)

    def _map(self, question: wire.Map) -> wire.Message:
        """Take the judge's device memory for the segments; done before any code of the submission runs."""
        # The driver is looked for by the guests that work on a GPU alone.
        from harness.device_memory import DeviceMemory  # noqa: PLC0415

        try:
            self._inputs = DeviceMemory.open(question.inputs, question.inputs_bytes)
            self._outputs = DeviceMemory.open(question.outputs, question.outputs_bytes)
        except RuntimeError as error:
            return faults.describe(question.nonce, error, while_loading=False)
        self._settle = torch.cuda.synchronize
        return wire.Loaded(question.nonce)

    def _load(self, question: wire.Load) -> wire.Message:
        self._modules = Modules(self._folder, question.entry, self._driver if question.driven else None)
        try:
            if question.driven and self._driver is not None:
                self._functions = load_driver(self._modules, self._driver, question.functions)
            else:
                self._functions = load_functions(self._modules, question.functions)
        except BaseException as error:  # noqa: BLE001 - while it is imported it may raise SystemExit and worse
            return faults.describe(question.nonce, error, while_loading=True)
        return wire.Loaded(question.nonce)

    def _call(self, question: wire.Call) -> wire.Message:
        outputs = []
        for index, request in enumerate(question.calls):
            try:
                outputs.append(self._call_once(question.function, request))
            except BaseException as error:  # noqa: BLE001 - a submission may raise SystemExit and worse
                return faults.describe(question.nonce, error, index, while_loading=self._is_of_loading(error))
        try:
            self._settle()
        except RuntimeError as error:  # a kernel's fault shows when the device is waited for
            return faults.describe(question.nonce, error, while_loading=False)
        return wire.Done(question.nonce, tuple(outputs), self._recorder.seen())

    def _call_once(self, function: str, request: CallRequest) -> tuple[Returned, ...]:
        if not function:
            return self._hand_over_nothing(request)
        with self._recorder:
            returned = self._functions[function](*self._arguments(request))
            tensors = guard.returned_tensors(returned, len(request.slots))
            places = zip(tensors, request.slots, strict=True)
            return tuple(guard.put(tensor, slot, self._outputs) for tensor, slot in places)

    def _hand_over_nothing(self, request: CallRequest) -> tuple[Returned, ...]:
        """Fill the slots with whatever lies in fresh memory: what a call costs beside the submission's own work."""
        rooms = (
            torch.empty(slot.capacity, dtype=torch.uint8, device=self._outputs.bytes.device) for slot in request.slots
        )
        return tuple(guard.put(room, slot, self._outputs) for room, slot in zip(rooms, request.slots, strict=True))

    def _interpret(self, question: Interpret) -> wire.Message:
        if self._interpreter is None:
            raise WireError("a guest without the interpreter was asked to interpret")
        function = self._functions[question.function]
        if question.how.reach:
            return self._interpreter.reach(question, function, [stand_in(part) for part in question.request.arguments])
        return self._interpreter.call(question, function, self._arguments(question.request), self._outputs)

    def _count_graphs(self, question: CountGraphs) -> wire.Message:
        if self._graphs is None:
            raise WireError("a guest that does not count graphs was asked to")
        request, function = question.request, self._functions[question.function]
        try:
            returned = self._graphs.count(function, self._arguments(request))
            tensors = guard.returned_tensors(returned, len(request.slots))
        except BaseException as error:  # noqa: BLE001 - a submission, or the compiler, may raise anything
            return self._graphs.described(question.nonce, error, while_loading=self._is_of_loading(error))
        places = zip(tensors, request.slots, strict=True)
        outputs = tuple(guard.put(tensor, slot, self._outputs) for tensor, slot in places)
        return GraphsCounted(question.nonce, outputs, **self._graphs.parts())

    def _come_to_rest(self, question: Settle) -> Settled:
        highest_bytes = self._allocator.end()
        touch(self._inputs.bytes, question.inputs_bytes)
        touch(self._outputs.bytes, question.outputs_bytes)
        trim()
        if question.watch:
            self._allocator.begin()
        return Settled(question.nonce, highest_bytes)

    def _arguments(self, request: CallRequest) -> list[Any]:
        return [part.value if isinstance(part, Scalar) else self._inputs.view(part) for part in request.arguments]

    def _is_of_loading(self, error: BaseException) -> bool:
        """Whether this was raised by the import of a file that a driver asked for within a call."""
        return self._modules is not None and self._modules.failure is error

    def _compile(self, question: wire.Compile) -> wire.Message:
        # Triton is imported by the guests that are asked for it alone: it costs a second.
        from harness.inside.triton_compile import compile_into  # noqa: PLC0415

        try:
            kernels = compile_into(self._outputs, self._functions[question.function], question)
        except BaseException as error:  # noqa: BLE001 - the wrapper under examination may raise anything
            return faults.describe(question.nonce, error, while_loading=self._is_of_loading(error))
        return wire.Compiled(question.nonce, kernels)


def _nothing_to_wait_for() -> None:
    """On the CPU a call has done its work when it returns."""


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="guest", description=__doc__)
    for descriptor in ("--socket", "--inputs", "--outputs"):
        parser.add_argument(descriptor, type=int, required=True)
    parser.add_argument("--submission", required=True)
    parser.add_argument("--driver")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--processes", type=int, default=256)
    parser.add_argument("--file-bytes", type=int, default=1 << 28)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--interpret", action="store_true")
    parser.add_argument("--count", action="store_true")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--ranks", type=int, default=0)
    parser.add_argument("--load-s", type=float, default=120.0)
    parser.add_argument("--call-s", type=float, default=60.0)
    return parser


def _bound_resources(options: argparse.Namespace) -> None:
    """Lower the limits that an unprivileged process can't raise again."""
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, options.file_bytes),
        (resource.RLIMIT_NPROC, options.processes),
    ):
        _, hard = resource.getrlimit(limit)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (bound, bound))
