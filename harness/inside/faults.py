"""Puts what a submission raised into a `Failed` message: cause, text, and its own part of the traceback."""

from __future__ import annotations

import os
import traceback
from types import ModuleType

from harness.inside.guard import WrongReturn
from harness.inside.loading import MODULE_NAME, MissingFunction, near_misses
from harness.readings import Cause
from harness.wire import Failed

_COMPILE_TYPES = {
    "CompilationError", "CompileTimeAssertionFailure", "PTXASError", "TypingError", "LoweringError", "Unsupported",
    "BackendCompilerFailed", "InductorError", "TorchRuntimeError", "InternalTorchDynamoError",
}  # fmt: skip
_TELLING_TEXTS = (
    (Cause.OUT_OF_MEMORY, ("not enough memory", "out of memory", "Cannot allocate memory")),
    (Cause.ILLEGAL_ACCESS, ("an illegal memory access was encountered", "misaligned address")),
    (
        Cause.COMPILE,
        ("Error building extension", "Error compiling objects", "Ninja is required", "CppCompileError"),
    ),
)
_MESSAGE_CHARACTERS, _TRACE_CHARACTERS = 1800, 7500


def describe(nonce: int, error: BaseException, call: int = -1, *, while_loading: bool = False) -> Failed:
    """Give the message that tells the judge what the submission raised."""
    error = _missing_name(error) or error
    cause = _cause(error, while_loading=while_loading)
    message = _text(error)
    if cause is Cause.COMPILE:
        message = _compiler_lines(message)
    elif not isinstance(error, WrongReturn | MissingFunction):
        message = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return Failed(nonce, str(cause), message[:_MESSAGE_CHARACTERS], trace(error), call)


def _cause(error: BaseException, *, while_loading: bool) -> Cause:
    is_missing = isinstance(error, MissingFunction) or (while_loading and isinstance(error, ImportError))
    for cause, is_it in (
        (Cause.SYNTAX, isinstance(error, SyntaxError)),
        (Cause.OUT_OF_MEMORY, isinstance(error, MemoryError)),
        (Cause.COMPILE, type(error).__name__ in _COMPILE_TYPES),
        (Cause.IMPORT, is_missing),
        (Cause.DTYPE, isinstance(error, WrongReturn)),
    ):
        if is_it:
            return cause
    said = _text(error)
    return next((cause for cause, texts in _TELLING_TEXTS if any(text in said for text in texts)), Cause.RUNTIME)


def _missing_name(error: BaseException) -> MissingFunction | None:
    """Tell a driver's look at a name that the submission's module lacks from other errors; the traceback is kept."""
    if not isinstance(error, AttributeError):
        return None
    module = error.obj
    if not isinstance(module, ModuleType) or module.__name__.partition("_")[0] != MODULE_NAME:
        return None
    near = near_misses(str(error.name), list(vars(module)))
    file = str(module.__file__ or module.__name__).rpartition("/")[2]
    return MissingFunction(f"{file} has no {error.name}{near}").with_traceback(error.__traceback__)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - the submission's own __str__ may raise anything
        return "(its text could not be read)"


def _compiler_lines(message: str) -> str:
    """Keep the lines in which the compiler complains; the command lines around them help nobody."""
    lines = [line for line in message.splitlines() if "error" in line.lower()]
    return "\n".join(lines[:12]) or message


def trace(error: BaseException) -> str:
    """Give the frames below the runner's own, so that a learner sees learner's code first."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/harness/inside/" not in frame.filename and "<frozen" not in frame.filename]
    return "".join(traceback.format_list(own))[-_TRACE_CHARACTERS:]


def place(error: BaseException, folder: str) -> str:
    """Say in which line of the submission an error arose, as `, nf4.py line 7`; nothing where it was elsewhere."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(folder):
            return f", {os.path.relpath(frame.filename, folder)} line {frame.lineno}"
    return ""


def kernel_trace(error: BaseException | None) -> str:
    """Give the frames of an interpreted kernel that are neither ours nor the interpreter's."""
    frames = traceback.extract_tb(error.__traceback__) if error is not None else ()
    own = [frame for frame in frames if not any(part in frame.filename for part in ("/harness/inside/", "/triton/"))]
    return "".join(traceback.format_list(own))[-_TRACE_CHARACTERS:]
