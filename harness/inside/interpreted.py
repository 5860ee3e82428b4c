"""Runs a call with its Triton kernels interpreted on the CPU, metered, and with Triton's interpreter mended.

Everything here happens in the submission's process, in a guest that was started for it (TRITON_INTERPRET=1 before
Triton is imported): outputs are judged outside from their bytes, all the rest is the guest's word.

NOT covered: what a race does (programs run one after the other; that there is one is told), and loads whose mask leaves
elements undefined (the interpreter gives zeros).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy as np
import torch
import triton
import triton.language as tl
from triton.runtime import interpreter as _interpreter
from triton.runtime.autotuner import Autotuner
from triton.runtime.jit import TensorWrapper
from triton.tools.tensor_descriptor import TensorDescriptor

from harness.inside import faults, guard, mended
from harness.inside.fake_cuda import address_of, fake_card, fake_like
from harness.inside.launch import KernelFault, Launch, Unsupported
from harness.inside.memory_hooks import meter_accesses
from harness.inside.meter import Meter
from harness.inside.watch import Watch
from harness.kernel_parts import Interpret, Interpreted
from harness.payload import Room
from harness.readings import Cause
from harness.wire import Failed

_REACH_CAPABILITY = 90
"""The card on which host code believes to be where tensors have no memory."""

_NO_GPU = ("not compiled with CUDA", "No CUDA GPUs", "Found no NVIDIA driver", "Expected a cuda device")
_ON_CPU = " (kernels are interpreted on the CPU here: make new tensors on the device of the inputs)"

# Its methods are replaced here, which a type checker won't have.
interpreter: Any = _interpreter


class Interpreter:
    """Triton's interpreter, mended and metered; made once, before the submission is imported."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._meter: Meter | None = None
        if not triton.knobs.runtime.interpret:
            raise RuntimeError("the interpreter's guest was started without TRITON_INTERPRET=1")
        # New memory is filled with NaN, or the largest whole number: an element that nobody writes shows.
        torch.use_deterministic_algorithms(True, warn_only=True)
        # Checks of overflow would triple the work of every index; addresses are checked where they are used.
        builder = interpreter.interpreter_builder
        builder.options = replace(builder.options, sanitize_overflow=False)
        mended.mend(self._note, self._refuse)
        meter_accesses(self._count)
        self._take_over_launches()

    def call(
        self, question: Interpret, function: guard.Function, arguments: Sequence[Any], outputs: Room
    ) -> Interpreted | Failed:
        """Call `function` once and tell what came of it; what a kernel did wrong stands even if a wrapper hides it."""
        meter = Meter(self._folder, arguments, question.how)
        self._meter = meter
        watch = Watch(meter)
        slots = question.request.slots
        raised: BaseException | None = None
        try:
            with watch:
                returned = function(*arguments)
            tensors = guard.returned_tensors(returned, len(slots))
        except BaseException as error:  # noqa: BLE001 - a submission may raise SystemExit and worse
            tensors, raised = (), error
        finally:
            self._meter = None
        if (ended := _ended(question.nonce, meter, raised)) is not None:
            return ended
        written = tuple(meter.written_bytes(tensor) for tensor in tensors)
        parts = tuple(guard.put(tensor, slot, outputs) for tensor, slot in zip(tensors, slots, strict=True))
        names = tuple(sorted(watch.names)[:2000])
        return Interpreted(question.nonce, parts, written, *meter.report(tensors), names, tuple(meter.notes), None)

    def reach(self, question: Interpret, function: guard.Function, arguments: Sequence[Any]) -> Interpreted | Failed:
        """Call `function` on tensors without memory and look at the addresses of a few programs of each launch."""
        raised: BaseException | None = None
        with fake_card(_REACH_CAPABILITY):
            stand_ins = [fake_like(argument) for argument in arguments]
            meter = self._meter = Meter(self._folder, stand_ins, question.how, address_of)
            try:
                function(*stand_ins)
            except BaseException as error:  # noqa: BLE001 - a submission may raise SystemExit and worse
                raised = error
            finally:
                self._meter = None
            if (ended := _ended(question.nonce, meter, raised)) is not None:
                return ended
            return Interpreted(question.nonce, (), (), *meter.report(()), (), tuple(meter.notes), None)

    def _note(self, text: str) -> None:
        if self._meter is not None:
            self._meter.notes[text] = None

    def _refuse(self, what: str) -> NoReturn:
        launch = self._meter.current if self._meter is not None else None
        text = f"the kernel {launch.kernel if launch is not None else ''} {what}"
        if self._meter is not None and self._meter.unsupported is None:
            self._meter.unsupported = text
        raise Unsupported(text)

    def _count(self, kind: str, pointers: Any, mask: Any) -> bool:
        """Count one access, and tell whether there is memory for it to happen in."""
        if self._meter is None:
            return True
        self._meter.access(kind, pointers.data, mask, pointers.get_element_ty().primitive_bitwidth)
        return not self._meter.how.reach

    def _take_over_launches(self) -> None:
        """Launch by our own loop, let a tuner choose without timing, and enter helper functions without preparation."""

        def launch(executor: Any, *arguments: Any, **options: Any) -> None:
            self._launch(executor, arguments, options)

        def tuned(tuner: Any, *arguments: Any, **options: Any) -> Any:
            return self._tuned(tuner, arguments, options)

        def helper(function: Any, *arguments: Any, **options: Any) -> Any:
            # The kernel that calls it has prepared the language already; doing so again takes milliseconds.
            return function.rewrite()(*arguments, **options)

        def as_it_is(kernel: Any) -> Any:
            return kernel

        interpreter.GridExecutor.__call__ = launch
        interpreter.InterpretedFunction.__call__ = helper
        tuners: Any = Autotuner
        tuners.run = tuned
        # Nothing is traced here, and torch 2.11 refuses to wrap an interpreted kernel.
        library: Any = torch.library
        library.wrap_triton = as_it_is

    def _tuned(self, tuner: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Run the configuration that was asked for, the last one where there are fewer."""
        tuner.nargs = dict(zip(tuner.arg_names, arguments, strict=False))
        configurations = list(tuner.prune_configs(options))
        wanted = self._meter.how.alternative if self._meter is not None else 0
        chosen = configurations[min(wanted, len(configurations) - 1)]
        if self._meter is not None:
            self._meter.alternatives = len(configurations)
        try:
            if chosen.pre_hook is not None:
                chosen.pre_hook({**tuner.nargs, **options, **chosen.all_kwargs()})
            return tuner.fn.run(*arguments, **options, **chosen.all_kwargs())
        finally:
            tuner.nargs = None
            if self._meter is not None:
                self._meter.alternatives = 1

    def _launch(self, executor: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        """Run every program of one launch, one after the other."""
        known = inspect.getfullargspec(executor.fn).args
        options = {name: value for name, value in options.items() if name in known}
        for hook in executor.pre_run_hooks:
            hook(*arguments, **options)
        values = inspect.getcallargs(executor.fn, *arguments, **options)
        grid = _three(executor.grid(values) if callable(executor.grid) else executor.grid)
        with self._watched(executor.fn, values) as launch, _language():
            if self._meter is not None and launch is not None:
                self._meter.admit(launch, grid)
            handles = {
                name: value if name in executor.constexprs else interpreter._implicit_cvt(value)
                for name, value in values.items()
            }
            builder = interpreter.interpreter_builder
            builder.set_grid_dim(*grid)
            every: Iterable[tuple[int, ...]] = np.ndindex(*grid)
            for number, index in enumerate(every if self._meter is None else self._meter.programs(grid), 1):
                if launch is not None:
                    launch.program = number
                builder.set_grid_idx(*index)
                executor.fn(**handles)

    @contextmanager
    def _watched(self, function: Callable[..., Any], values: dict[str, Any]) -> Iterator[Launch | None]:
        """Meter one launch, and keep the first thing that goes wrong in it."""
        meter = self._meter
        if meter is None:
            yield None
            return
        code = function.__code__
        tensors = dict(_tensors(values))
        launch = None
        try:
            launch = meter.begin(function.__name__, code.co_filename, code.co_firstlineno, tensors)
            yield launch
        except Unsupported:
            raise
        except KernelFault as fault:
            meter.fault, meter.fault_trace = meter.fault or fault, meter.fault_trace or fault
            raise
        except Exception as error:
            text = f"kernel {function.__name__}{faults.place(error, self._folder)}: {type(error).__name__}: {error}"
            meter.fault = meter.fault or KernelFault(Cause.RUNTIME, text)
            meter.fault_trace = meter.fault_trace or error
            raise interpreter.InterpreterError(text) from error
        finally:
            if launch is not None:
                meter.end(launch)


def _ended(nonce: int, meter: Meter, raised: BaseException | None) -> Interpreted | Failed | None:
    """Give the answer to a call that did not end well; what a kernel did goes before what its wrapper made of it."""
    if meter.unsupported is not None:
        launches, _, _ = meter.report(())
        return Interpreted(nonce, (), (), launches, (), (), (), (), meter.unsupported)
    if meter.fault is not None:
        return Failed(
            nonce, str(meter.fault.cause), str(meter.fault)[:1800], faults.kernel_trace(meter.fault_trace), -1
        )
    if raised is None:
        return None
    failed = faults.describe(nonce, raised)
    hint = _ON_CPU if any(words in failed.message for words in _NO_GPU) else ""
    return replace(failed, message=failed.message + hint)


@contextmanager
def _language() -> Iterator[None]:
    """Replace Triton's language by the interpreter's for the time of one launch.

    Its own module `core` is replaced as well, whether or not the kernel's file names it: the language's functions that
    are kernels themselves (`tl.interleave`, `tl.softmax`) call into it.
    """
    scope = interpreter._patch_lang(SimpleNamespace(__globals__={"language": tl, "core": tl.core}))
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        scope.restore()


def _three(grid: Any) -> tuple[int, int, int]:
    """Give a grid of one to three numbers with ones behind them."""
    sizes = (*grid,) if isinstance(grid, tuple | list) else (grid,)
    x, y, z = (*(int(size) for size in sizes), 1, 1)[:3]
    return x, y, z


def _tensors(values: dict[str, Any]) -> Iterator[tuple[str, torch.Tensor]]:
    """Give every tensor among a kernel's arguments, by the name of its parameter."""
    for name, value in values.items():
        if isinstance(value, TensorDescriptor | TensorWrapper):
            yield name, value.base
        elif isinstance(value, torch.Tensor):
            yield name, value
        elif isinstance(value, tuple):
            yield from _tensors({f"{name}[{number}]": part for number, part in enumerate(value)})
