"""Tests of the command itself: what it imports, and that every way to end is one message and one exit code."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.cli.main import main
from harness.errors import JudgeError, ManifestError, SandboxError, SubmissionFault, SuperfastError, UsageError
from harness.outcomes import Failure
from harness.readings import Cause

HELP_CPU_S = 0.15
HEAVY = {"torch", "pytest", "_pytest", "triton", "numpy", "ray", "matplotlib"}


def python(program: str) -> str:
    """Run a program in a fresh interpreter and give what it printed."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def modules_after(arguments: list[str]) -> set[str]:
    """Run the command in a fresh interpreter and give the top-level modules that it imported."""
    program = (
        "import sys, io, contextlib\n"
        "from grader.cli.main import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    main({arguments!r})\n"
        "print(' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    return set(python(program).split())


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_imports_neither_torch_nor_pytest_nor_anything_else_that_is_heavy(option: str) -> None:
    assert set() == modules_after([option]) & (HEAVY | {"rich", "pydantic", "yaml"})


def test_a_list_imports_neither_torch_nor_pytest(challenge_folder: Path) -> None:
    assert set() == modules_after(["list", "--challenges", str(challenge_folder.parent)]) & (HEAVY | {"rich"})


def test_the_help_of_grading_imports_neither_torch_nor_pytest() -> None:
    assert set() == modules_after(["run", "--help"]) & HEAVY


def test_help_costs_little_processor_time() -> None:
    def cpu_s() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "grader", "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(cpu_s() for _ in range(5)) < HELP_CPU_S


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["--help"])
    text = capsys.readouterr().out
    assert [True] * 3 == [f"\n  {name} " in text for name in ("run", "list", "doctor")]


def test_no_arguments_show_the_help_and_are_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == main([])
    assert "Commands:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (UsageError("no such file"), 2, "grade: no such file"),
        (ManifestError("challenge.yaml", ("id: is missing",)), 2, "id: is missing"),
        (JudgeError("pytest broke"), 4, "the judge could not do its work: pytest broke"),
        (SandboxError("apt install bubblewrap"), 4, "apt install bubblewrap"),
        (SubmissionFault(Failure(Cause.CRASHED, "SIGSEGV")), 4, "SIGSEGV"),
        (SuperfastError("something"), 4, "something"),
        (UsageError("bad \x1b[2J name"), 2, "bad \\x1b[2J name"),
    ],
)
def test_every_error_of_ours_is_one_message_without_a_traceback(
    raising: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
    error: SuperfastError,
    code: int,
    told: str,
) -> None:
    raising(error)

    assert code == main(["list"])
    captured = capsys.readouterr()
    assert "" == captured.out
    assert told in captured.err
    assert "Traceback" not in captured.err


def test_an_error_that_nobody_meant_is_the_judges_fault(
    raising: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    raising(ZeroDivisionError("oops"))

    assert 4 == main(["list"])
    text = capsys.readouterr().err
    assert "Traceback" in text
    assert "ZeroDivisionError: oops" in text
    assert text.rstrip().splitlines()[-1].startswith("grade: this is a fault of the judge, not of your submission")


def test_an_interrupt_ends_cleanly(
    raising: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    raising(KeyboardInterrupt())

    assert 130 == main(["list"])
    assert "\ninterrupted; nothing was graded\n" == capsys.readouterr().err.replace("\n\n", "\n")


def test_an_unknown_option_is_a_usage_error_with_a_guess(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == main(["run", "--jsn", "double"])
    assert "--json" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["lst"], ["run", "lst"]])
def test_a_misspelt_command_is_guessed(
    challenge_folder: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert 2 == main([*words, "--challenges", str(challenge_folder.parent)])
    assert "did you mean 'list'?" in capsys.readouterr().err


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Let the command `list` raise something."""

    def arrange(error: BaseException) -> None:
        def raise_it(_: Path | None) -> Path:
            raise error

        monkeypatch.setattr("grader.cli.listing.find_challenges", raise_it)

    return arrange


def test_a_history_imports_neither_torch_nor_pytest(own_data_folder: Path) -> None:
    assert set() == modules_after(["history"]) & (HEAVY | {"rich", "pydantic", "yaml"})
