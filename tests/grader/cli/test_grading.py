"""Tests of `grade ID [PATH]` from the words that are typed to what is written where."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from grader import judge
from grader.cli.main import main
from grader.history.database import default_path
from grader.history.store import History
from grader.reports import FORMATS, Format
from harness.errors import SandboxError
from harness.outcomes import CheckOutcome, Failure, Verdict
from harness.plan import Findings, GradingPlan
from harness.readings import Cause

RIGHT = "def double(x): return x + x\n"
WRONG = "def double(x): return x\n"


@dataclass
class FakeHarness:
    """A harness that reads the submission's text instead of running it."""

    plans: list[GradingPlan] = field(default_factory=list)
    error: BaseException | None = None
    left_out: str | None = None

    def __call__(self, plan: GradingPlan, progress: Callable[[str], None]) -> Findings:
        """Find `exact` passed when the text is the right one."""
        self.plans.append(plan)
        if self.error is not None:
            raise self.error
        progress("reading \x1b[2J the submission")
        right = RIGHT == (plan.submission / plan.entry_file).read_text(encoding="utf-8")
        failure = None if right else Failure(Cause.VALUES, "not twice the input")
        exact = CheckOutcome("exact", Verdict.PASSED if right else Verdict.FAILED, failure=failure)
        speedup = CheckOutcome("speedup", Verdict.UNDECIDED, reason="too noisy")
        rest = CheckOutcome("gpu", Verdict.NOT_MEASURED, reason="no lane cuda here")
        outcomes = tuple(outcome for outcome in (exact, speedup, rest) if outcome.check != self.left_out)
        return Findings(outcomes, "process", "bubblewrap is not installed", "signals", ())


@dataclass
class Terminal:
    """A folder to type in, with a harness behind it."""

    folder: Path
    challenges: Path
    harness: FakeHarness
    capsys: pytest.CaptureFixture[str]

    def submit(self, text: str, name: str = "double.py") -> None:
        """Write a submission."""
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")

    def type(self, *words: str) -> tuple[int, str, str]:
        """Type a command; give exit code, standard output and standard error."""
        code = main([*words, "--challenges", str(self.challenges)])
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err


@pytest.fixture
def terminal(
    tmp_path: Path, challenge_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """Give a terminal in an empty folder."""
    harness = FakeHarness()
    monkeypatch.setattr("grader.cli.grading.grade", partial(judge.grade, runner=harness))
    for name in ("CI", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Terminal(folder, challenge_folder.parent, harness, capsys)


def test_a_right_submission_in_the_current_folder_passes_what_is_decided(terminal: Terminal) -> None:
    terminal.submit(RIGHT)
    code, out, err = terminal.type("double")

    assert 3 == code
    assert "2 of 5 points measurable here; 5 more need a CUDA GPU" in " ".join(out.split())
    assert "seed commitment" in err


@pytest.mark.parametrize("words", [["double"], ["run", "double"], ["--quiet", "double"], ["double", "double"]])
def test_a_wrong_submission_in_a_folder_of_its_own_does_not_pass(terminal: Terminal, words: list[str]) -> None:
    terminal.submit(WRONG, "double/double.py")
    code, out, _ = terminal.type(*words)

    assert 1 == code
    assert "exact failed: values" in out


def test_nothing_to_grade_says_what_was_looked_for(terminal: Terminal) -> None:
    code, out, err = terminal.type("double")

    assert (2, "") == (code, out)
    assert "neither ./double.py nor ./double/double.py" in err


def test_json_goes_to_standard_output_alone(terminal: Terminal) -> None:
    terminal.submit(RIGHT)
    seed = "ab" * 32
    _, out, _ = terminal.type("double", "--json", "--seed", seed)
    document = json.loads(out)

    assert ("superfast/grade/v1", seed) == (document["schema"], document["seed"])


def test_reports_go_to_files_beside_the_one_for_people(terminal: Terminal) -> None:
    terminal.submit(RIGHT)
    _, out, _ = terminal.type("double", "--format", "json=grade.json", "--format", "terminal=grade.txt")

    assert "double" == json.loads((terminal.folder / "grade.json").read_text(encoding="utf-8"))["challenge"]["id"]
    assert "Twice the input" in (terminal.folder / "grade.txt").read_text(encoding="utf-8")
    assert "Twice the input" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--json", "--format", "terminal"], "only one report can go to standard output"),
        (["--format", "jsn"], "did you mean 'json'?"),
        (["--format", "json="], "names no file"),
        (["--format", "json=nowhere/grade.json"], "there is no folder nowhere"),
        (["--seed", "xyz"], "not hexadecimal"),
        (["--seed", "abcd"], "64 hexadecimal digits"),
        (["--only", "exat"], "did you mean 'exact'?"),
        (["--require", "cuda"], "this machine has only"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_runs(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    monkeypatch.setattr("harness.device.find_gpus", lambda _: ((), None))
    terminal.submit(RIGHT)
    code, out, err = terminal.type("double", *words)

    assert (2, "") == (code, out)
    assert told in " ".join(err.split())
    assert [] == terminal.harness.plans


def test_a_report_that_cannot_be_written_does_not_lose_the_others(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, _: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", lambda path, data: _write_but(path, data, refuse))
    terminal.submit(RIGHT)
    code, out, err = terminal.type("double", "--format", "json=grade.json")

    assert 2 == code
    assert "Twice the input" in out
    assert "grade.json: can't be written: No space left on device" in err


def _write_but(path: Path, data: bytes, refuse: Callable[[Path, bytes], int]) -> int:
    """Write every file but a report."""
    if path.suffix == ".json":
        return refuse(path, data)
    with path.open("wb") as file:
        return file.write(data)


@pytest.mark.parametrize("text", [RIGHT, WRONG])
def test_exit_zero_says_only_that_the_grading_ran(terminal: Terminal, text: str) -> None:
    terminal.submit(text)

    assert 0 == terminal.type("double", "--exit-zero")[0]


def test_exit_zero_does_not_hide_a_judge_that_failed(terminal: Terminal) -> None:
    terminal.submit(RIGHT)
    terminal.harness.left_out = "exact"

    assert 4 == terminal.type("double", "--exit-zero")[0]


def test_a_sandbox_that_is_insisted_on_and_refused_is_the_judges_error(terminal: Terminal) -> None:
    terminal.submit(RIGHT)
    terminal.harness.error = SandboxError("bubblewrap is missing: apt install bubblewrap")
    code, out, err = terminal.type("double", "--require-sandbox")

    assert (4, "") == (code, out)
    assert "apt install bubblewrap" in err
    assert "require" == terminal.harness.plans[0].sandbox


def test_an_interrupt_leaves_no_copy_behind(terminal: Terminal) -> None:
    terminal.submit(RIGHT)
    terminal.harness.error = KeyboardInterrupt()

    assert 130 == terminal.type("double")[0]
    assert not terminal.harness.plans[0].submission.exists()


@pytest.mark.parametrize(
    ("ci", "words", "expected"),
    [
        (None, [], True),
        ("false", [], True),
        ("true", [], False),
        ("1", [], False),
        ("true", ["--trust-submission"], True),
        (None, ["--format", "host=out"], False),
        (None, ["--format", "host=out", "--trust-submission"], True),
    ],
)
def test_a_submission_is_trusted_where_its_author_grades_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, ci: str | None, words: list[str], expected: bool
) -> None:
    monkeypatch.setitem(FORMATS, "host", Format("grader.reports.json_v1", "for a host", for_host=True))
    if ci is not None:
        monkeypatch.setenv("CI", ci)
    terminal.submit(RIGHT)
    terminal.type("double", *words)

    assert expected == terminal.harness.plans[0].trust_submission


def test_progress_is_escaped_and_can_be_silenced(terminal: Terminal) -> None:
    terminal.submit(RIGHT)

    assert "  reading \\x1b[2J the submission\n" in terminal.type("double")[2]
    assert "" == terminal.type("double", "--quiet", "--no-input")[2]


def test_times_are_shown_when_asked_for(terminal: Terminal) -> None:
    terminal.submit(RIGHT)

    assert "where the time went" in terminal.type("double", "--times")[1]


def test_colours_follow_the_environment(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal.submit(RIGHT)
    assert "\x1b[" not in terminal.type("double")[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in terminal.type("double")[1]
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b[" not in terminal.type("double")[1]


def kept(path: Path | None = None) -> list[tuple[str, bool]]:
    """List what the history holds."""
    with History(path or default_path()) as history:
        return [(grade.submission_sha256, grade.is_complete) for grade in history.grades()]


def test_every_grade_is_kept_in_the_history_with_its_submissions_hash(terminal: Terminal) -> None:
    for text, more in ((RIGHT, ()), (WRONG, ()), (RIGHT, ("--only", "exact"))):
        terminal.submit(text)
        terminal.type("double", *more)
    (right, whole), (wrong, _), (again, in_part) = kept()

    assert right == again
    assert right != wrong
    assert (True, False) == (whole, in_part)


@pytest.mark.parametrize("more", [["--no-history"], ["--format", "junit"]])
def test_no_record_is_kept_where_none_is_wanted_or_a_host_grades(terminal: Terminal, more: list[str]) -> None:
    terminal.submit(RIGHT)
    terminal.type("double", *more)

    assert not default_path().exists()


def test_a_host_keeps_a_history_where_it_is_told_to(terminal: Terminal) -> None:
    terminal.submit(RIGHT)
    terminal.type("double", "--format", "junit", "--history", str(terminal.folder / "own"))

    assert 1 == len(kept(terminal.folder / "own"))


def test_a_broken_history_changes_neither_the_report_nor_the_exit_code(terminal: Terminal) -> None:
    terminal.submit(RIGHT)
    (terminal.folder / "broken").write_bytes(b"no history " * 1000)
    code, out, err = terminal.type("double", "--json", "--history", str(terminal.folder / "broken"))

    assert 3 == code
    assert 2 == json.loads(out)["points_earned"]
    assert "not kept in the history, the grade stands" in err
    assert "move it away" in err
