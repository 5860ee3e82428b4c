"""Catches the Triton kernels that a wrapper launches and compiles them for a GPU that this machine need not have.

    launches = capture_launches(gemm, (a, b), capability=90)     # the wrapper runs on a fake card; no kernel starts
    kernels = compile_launches(launches, capability=90)          # cubin and PTX of each

Everything here happens in the submission's process, so what is written is its own statement about itself: the judge
reads the kernels as untrusted bytes (`harness.kernels.resources`), and no point for speed may rest on them alone.

NOT covered: kernels that are compiled by hand (`kernel.warmup(...)`, `triton.compile`), kernels under
TRITON_INTERPRET=1, and what `harness.inside.fake_cuda` does not cover.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from unittest import mock

import triton
from triton.backends.compiler import GPUTarget
from triton.runtime.autotuner import Autotuner
from triton.runtime.jit import JITFunction

from harness.inside.fake_cuda import fake_card, fake_like

# Launch options that say something to a reader; the others are Triton's internals.
TOLD_OPTIONS = ("num_warps", "num_stages", "num_ctas", "maxnreg")


class CaptureError(RuntimeError):
    """The kernels of this wrapper cannot be caught; the message says what stands in the way."""


@dataclass(frozen=True)
class Launch:
    """One kernel launch that was asked for: what Triton needs to compile it, and the grid.

    `signature` gives the Triton type of every parameter (`*bf16`, `i32`, `tensordesc<fp16[128, 64]>`, `constexpr`).
    `constexprs` and `attributes` go by the parameter's position, as a path (`(4,)`). `call` counts the launches of one
    run of the wrapper from 0; an autotuned call gives one `Launch` for each configuration, told apart by `alternative`.
    """

    kernel: str
    call: int
    alternative: int
    signature: Mapping[str, Any]
    constexprs: Mapping[tuple[int, ...], Any]
    attributes: Mapping[tuple[int, ...], Any]
    options: Mapping[str, Any]
    grid: tuple[int, int, int]
    function: JITFunction[Any] = field(repr=False, compare=False)


@dataclass(frozen=True)
class CompiledKernel:
    """A launch, compiled: `cubin` is an ELF image for `capability`, `ptx` the text that it was assembled from.

    `shared_bytes` is the shared memory that the launch asks for (static and dynamic together), which no cubin tells.
    """

    kernel: str
    capability: int
    cubin: bytes = field(repr=False)
    ptx: str = field(repr=False)
    ttir: str = field(repr=False)
    shared_bytes: int
    options: Mapping[str, int]
    grid: tuple[int, int, int]
    call: int
    alternative: int


def capture_launches(wrapper: Callable[..., Any], arguments: Iterable[Any], capability: int) -> list[Launch]:
    """Runs `wrapper(*arguments)` on a fake card of `capability` and returns the launches it asked for, in order.

    Tensors among the arguments may live on the CPU or on the device "meta": only shape, stride and dtype are used.

    Raises:
        CaptureError: kernels cannot be caught in this process, or the wrapper uses one in a way that is not covered.
        Exception: whatever the wrapper raises, with a note that says that its tensors had no values.
    """
    with capturing(capability) as launches:
        inputs = [fake_like(argument) for argument in arguments]
        try:
            wrapper(*inputs)
        except Exception as error:  # Not swallowed: any error of the wrapper goes on, with the circumstances added.
            error.add_note(
                f"(raised while the wrapper ran on a fake card of capability {capability}: its tensors have shapes, "
                "strides and dtypes but no values, so code that reads values on the host cannot run there)"
            )
            raise
    return launches


@contextlib.contextmanager
def capturing(capability: int) -> Iterator[list[Launch]]:
    """Within the block, kernels are recorded in the list instead of launched, and `fake_card(capability)` holds.

    Raises:
        CaptureError: Triton's interpreter is on; kernels that were decorated under it cannot be compiled.
    """
    if triton.knobs.runtime.interpret:
        raise CaptureError(
            "TRITON_INTERPRET is set in this process: unset it before Triton and the kernels are imported"
        )
    recorder = _Recorder()
    with (
        fake_card(capability),
        mock.patch.object(JITFunction, "run", _method(recorder.launch)),
        mock.patch.object(Autotuner, "run", _method(recorder.tune)),
    ):
        yield recorder.launches


def compile_launches(launches: Iterable[Launch], capability: int) -> list[CompiledKernel]:
    """Compiles each launch for `capability`; needs no GPU and no driver. Triton's cache keeps equal kernels.

    A configuration may ask for more shared memory than the card has; the tuner would pass over it, here it is compiled.

    Raises:
        triton.CompilationError: the kernel is not valid Triton.
        triton.runtime.errors.PTXASError: the assembler refused what Triton wrote.
    """
    target = GPUTarget("cuda", capability, 32)
    compiled = []
    for launch in launches:
        source = launch.function.ASTSource(
            launch.function, dict(launch.signature), dict(launch.constexprs), dict(launch.attributes)
        )
        kernel = triton.compile(source, target=target, options=dict(launch.options))
        compiled.append(
            CompiledKernel(
                kernel=launch.kernel,
                capability=capability,
                cubin=kernel.asm["cubin"],
                ptx=kernel.asm["ptx"],
                ttir=str(kernel.asm["ttir"]),
                shared_bytes=kernel.metadata.shared,
                options=_told_options(kernel.metadata),
                grid=launch.grid,
                call=launch.call,
                alternative=launch.alternative,
            )
        )
    return compiled


class _Recorder:
    """Stands in for the launching half of Triton; its methods take the kernel as their first argument."""

    def __init__(self) -> None:
        self.launches: list[Launch] = []
        self._calls = 0
        self._alternative: int | None = None

    def tune(self, tuner: Any, *args: Any, **kwargs: Any) -> None:
        """Records a launch for every configuration that the tuner would have tried, without timing any."""
        tuner.nargs = dict(zip(tuner.arg_names, args, strict=False))
        try:
            for alternative, config in enumerate(tuner.prune_configs(kwargs)):
                self._alternative = alternative
                if config.pre_hook is not None:
                    config.pre_hook({**tuner.nargs, **kwargs, **config.all_kwargs()})
                tuner.fn.run(*args, **kwargs, **config.all_kwargs())
        finally:
            tuner.nargs, self._alternative = None, None
        self._calls += 1

    def launch(self, kernel: JITFunction[Any], *args: Any, grid: Any, warmup: bool, **kwargs: Any) -> None:
        """Records one launch, worked out as Triton's own `JITFunction.run` does up to the point of compiling."""
        if warmup:
            raise CaptureError(
                f"{kernel.__name__}.warmup() compiles a kernel by hand, which cannot be caught; launch it instead"
            )
        kwargs.setdefault("debug", kernel.debug)
        kwargs["instrumentation_mode"] = triton.knobs.compilation.instrumentation_mode
        for hook in kernel.pre_run_hooks:
            hook(*args, **kwargs)
        *_, backend, binder = kernel.create_binder()
        bound, specialization, extra = binder(*args, **kwargs)
        _, signature, constexprs, attributes = kernel._pack_args(backend, kwargs, bound, specialization, extra)
        size = _grid_size(grid(bound) if callable(grid) else grid)
        if 0 not in size:
            self.launches.append(
                Launch(
                    kernel=kernel.__name__,
                    call=self._calls,
                    alternative=self._alternative or 0,
                    signature=MappingProxyType(signature),
                    constexprs=MappingProxyType(constexprs),
                    attributes=MappingProxyType(attributes),
                    options=MappingProxyType({name: value for name, value in kwargs.items() if name not in signature}),
                    grid=size,
                    function=kernel,
                )
            )
        if self._alternative is None:
            self._calls += 1


def _method(recorded: Callable[..., None]) -> Callable[..., None]:
    """A plain function, which Python binds to the kernel it is called on; it would not bind the recorder's method."""

    def run(kernel: Any, *args: Any, **kwargs: Any) -> None:
        recorded(kernel, *args, **kwargs)

    return run


def _grid_size(grid: Any) -> tuple[int, int, int]:
    """A launch grid of one to three numbers, filled up with ones."""
    x, y, z = (*(int(size) for size in grid), 1, 1)[:3]
    return x, y, z


def _told_options(metadata: Any) -> dict[str, int]:
    """The options of a compiled kernel that mean something to a reader."""
    values = {name: getattr(metadata, name, None) for name in TOLD_OPTIONS}
    return {name: value for name, value in values.items() if isinstance(value, int)}
