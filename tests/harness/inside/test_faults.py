"""Tests of how an exception of a submission is told: its cause, its text, and the learner's part of the traceback."""

from __future__ import annotations

import types
from pathlib import Path

import pytest

from harness.inside.faults import describe
from harness.inside.guard import WrongReturn
from harness.inside.loading import MissingFunction
from harness.readings import Cause
from harness.wire import Failed, encode


class CompilationError(Exception):
    """Named as Triton's."""


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (SyntaxError("invalid syntax"), Cause.SYNTAX),
        (IndentationError("unexpected indent"), Cause.SYNTAX),
        (MemoryError(), Cause.OUT_OF_MEMORY),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried ..."), Cause.OUT_OF_MEMORY),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), Cause.OUT_OF_MEMORY),
        (OSError(12, "Cannot allocate memory"), Cause.OUT_OF_MEMORY),
        (RuntimeError("Error building extension 'gemm'"), Cause.COMPILE),
        (CompilationError("at 3:4: unsupported"), Cause.COMPILE),
        (WrongReturn("expected 1 tensors, got builtins.NoneType"), Cause.DTYPE),
        (ZeroDivisionError("division by zero"), Cause.RUNTIME),
        (SystemExit(0), Cause.RUNTIME),
        (KeyboardInterrupt(), Cause.RUNTIME),
        (Mute(), Cause.RUNTIME),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else value,
)
def test_every_error_has_its_cause(error: BaseException, cause: Cause) -> None:
    assert cause == describe(5, error).cause


def test_a_name_or_file_that_is_missing_is_a_failed_import_at_any_time() -> None:
    assert Cause.IMPORT == describe(5, MissingFunction("has no function f")).cause


def test_a_failed_import_is_one_only_while_the_submission_is_loaded() -> None:
    error = ModuleNotFoundError("No module named 'cupy'")

    assert Cause.IMPORT == describe(5, error, while_loading=True).cause
    assert Cause.RUNTIME == describe(5, error).cause


def test_a_name_that_the_submission_lacks_is_an_import_that_failed_with_a_guess() -> None:
    module = types.ModuleType("submission")
    module.__file__ = "/submission/work.py"
    module.dequantise = print  # type: ignore[attr-defined]
    with pytest.raises(AttributeError) as caught:
        _ = module.dequantize

    failed = describe(5, caught.value)

    assert (Cause.IMPORT, "work.py has no dequantize; did you mean dequantise?") == (failed.cause, failed.message)


def test_a_name_that_another_module_lacks_is_an_error_of_the_code_that_asks() -> None:
    with pytest.raises(AttributeError) as caught:
        _ = types.dequantize  # type: ignore[attr-defined]

    assert Cause.RUNTIME == describe(5, caught.value).cause


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("odd sizes"), "ValueError: odd sizes"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (SystemExit(3), "SystemExit: 3"),
        (Mute(), "Mute: (its text could not be read)"),
        (WrongReturn("expected torch.Tensor itself"), "expected torch.Tensor itself"),
    ],
)
def test_the_message_names_the_kind_of_error_and_what_it_says(error: BaseException, message: str) -> None:
    assert message == describe(5, error).message


def test_of_a_compilers_output_the_lines_that_complain_are_kept() -> None:
    said = "Error building extension 'gemm'\n[1/2] c++ -O3 gemm.cpp\ngemm.cpp:3:1: error: expected ';'\n1 warning\n"

    assert (
        "Error building extension 'gemm'\ngemm.cpp:3:1: error: expected ';'" == describe(5, RuntimeError(said)).message
    )


def test_a_compilers_output_without_a_complaint_is_kept_as_it_is() -> None:
    assert "at 3:4: unsupported" == describe(5, CompilationError("at 3:4: unsupported")).message


def test_the_call_and_the_nonce_are_those_of_the_question() -> None:
    failed = describe(77, ValueError("x"), call=3)

    assert (77, 3) == (failed.nonce, failed.call)
    assert -1 == describe(77, ValueError("x")).call


def failed_in(folder: Path, text: str) -> Failed:
    """Describe what a file raises, called from the runner's own folder."""
    path = folder / "entry.py"
    path.write_text(text)
    code = compile(text, str(path), "exec")
    runner = compile("exec(code, {})", "/guest/harness/inside/runner.py", "exec")
    with pytest.raises(Exception) as error:
        exec(runner, {"code": code})
    return describe(5, error.value)


def test_a_learner_sees_learners_code_and_not_the_runners(tmp_path: Path) -> None:
    trace = failed_in(tmp_path, "def f():\n    return 1 / 0\n\nf()\n").trace

    assert "line 2, in f\n    return 1 / 0" in trace
    assert "harness/inside" not in trace


@pytest.mark.parametrize("error", [ValueError("\x1b" * 100_000), RuntimeError("error " * 100_000), Mute("x")])
def test_whatever_is_raised_fits_into_a_frame(error: Exception) -> None:
    failed = describe(5, error)

    assert len(failed.message) <= 2000
    assert len(encode(failed)) < 1 << 16


def test_of_a_long_traceback_the_innermost_frames_are_kept(tmp_path: Path) -> None:
    text = (
        "def g(n):\n    f(n)\n\ndef f(n):\n    if n == 0:\n        raise ValueError('deep')\n    g(n - 1)\n\nf(200)\n"
    )
    trace = failed_in(tmp_path, text).trace

    assert 7000 < len(trace) <= 8000
    assert trace.endswith("line 6, in f\n    raise ValueError('deep')\n")
