"""Tests of the commands that lead through a challenge, each as it is typed."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pexpect
import pytest

from grader.cli.main import main
from grader.history.database import default_path
from grader.history.store import History
from grader.verdict import Grade

ROOT = Path(__file__).parents[3]
STUB = "def double(x):\n    raise NotImplementedError\n"
MINE = "def double(x):\n    return x + x\n"


class Desk:
    """A folder to type in, in front of two challenges."""

    def __init__(self, challenges: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.challenges = challenges
        self._capsys = capsys

    def type(self, *words: str) -> tuple[int, str, str]:
        code = main([*words, "--challenges", str(self.challenges)])
        captured = self._capsys.readouterr()
        return code, captured.out, captured.err


@pytest.fixture
def desk(
    challenge_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    """Give a desk in an empty folder, with `double` and `second`."""
    second = challenge_folder.parent / "second"
    (second / "hidden_tests").mkdir(parents=True)
    manifest = (challenge_folder / "challenge.yaml").read_text(encoding="utf-8")
    manifest = manifest.replace("id: double\n", "id: second\n").partition("hints:")[0]
    (second / "challenge.yaml").write_text(manifest + "hints: [one, two, three]\n", encoding="utf-8")
    (second / "README.md").write_text("# The second\n", encoding="utf-8")
    (second / "stub.py").write_text(STUB, encoding="utf-8")
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Desk(challenge_folder.parent, capsys)


def test_a_start_puts_the_stub_and_the_brief_into_a_folder_called_like_the_challenge(desk: Desk) -> None:
    code, out, err = desk.type("start", "double")

    assert (0, "double/double.py\n") == (code, out)
    assert "grade watch double" in err
    assert STUB == Path("double/double.py").read_text(encoding="utf-8")
    assert "# Twice the input\n" == Path("double/README.md").read_text(encoding="utf-8")


def test_a_start_never_overwrites_without_asking(desk: Desk) -> None:
    Path("own").mkdir()
    Path("own/double.py").write_text(MINE, encoding="utf-8")
    code, _, err = desk.type("start", "double", "--to", "own", "--no-input")

    assert 2 == code
    assert "double.py would be overwritten; grade reset double" in err
    assert MINE == Path("own/double.py").read_text(encoding="utf-8")
    assert not Path("own/README.md").exists()


@pytest.mark.parametrize(("answer", "left"), [("n", MINE), ("y", STUB)])
def test_a_start_asks_a_person(desk: Desk, answer: str, left: str) -> None:
    Path("double").mkdir()
    Path("double/double.py").write_text(MINE, encoding="utf-8")
    words = ["-m", "grader", "start", "double", "--challenges", str(desk.challenges)]
    child = pexpect.spawn(sys.executable, words, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=30)
    child.expect_exact("overwrite double/double.py? [y/N]:")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()

    assert 0 == child.exitstatus
    assert left == Path("double/double.py").read_text(encoding="utf-8")
    assert Path("double/README.md").exists()


def test_a_second_start_changes_nothing(desk: Desk) -> None:
    desk.type("start", "double")

    assert (0, "double/double.py\n") == desk.type("start", "double", "--no-input")[:2]


def test_a_grade_finds_the_started_folder_from_anywhere(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grader.challenge import load_challenge
    from grader.cli.grading import default_path as submission_here

    desk.type("start", "double", "--to", "deep/down")
    expected = Path("deep/down/double.py").absolute()
    monkeypatch.chdir(tmp_path)

    assert expected == submission_here(load_challenge(desk.challenges / "double"), tmp_path, None)


def test_hints_come_one_at_a_time_and_are_remembered(desk: Desk) -> None:
    texts = [desk.type("hint", "second")[1] for _ in range(4)]
    first = "hint 1 of 3: one\n"

    assert [first, f"{first}\nhint 2 of 3: two\n"] == texts[:2]
    assert f"{texts[1]}\nhint 3 of 3: three\n" == texts[2] == texts[3]


def test_a_check_has_the_hint_of_its_author(desk: Desk) -> None:
    assert (0, "hint 1 of 1: Add whole rows at a time.\n") == desk.type("hint", "double", "speedup")[:2]
    assert "hint 1 of 1: Multiplication" in desk.type("hint", "double")[1]
    assert "`grade hint double` has some on the whole" in desk.type("hint", "double", "exact")[2]
    assert (0, "hint 1 of 1: Add whole rows at a time.\n") == desk.type("hint", "double", "speed")[:2]
    assert (2, "") == desk.type("hint", "double", "sped")[:2]


def test_a_check_with_steps_of_its_own_tells_them_one_at_a_time(desk: Desk) -> None:
    path = desk.challenges / "double" / "challenge.yaml"
    text = path.read_text(encoding="utf-8").replace("{id: gpu, ", "{id: gpu, hints: [near, nearer], ")
    path.write_text(text, encoding="utf-8")

    assert (0, "hint 1 of 2: near\n") == desk.type("hint", "double", "gpu")[:2]
    assert "hint 2 of 2: nearer" in desk.type("hint", "double", "gpu")[1]


def test_a_reset_goes_back_to_the_stub_and_keeps_what_was_there(desk: Desk) -> None:
    desk.type("start", "double")
    backups = []
    for text in (MINE, MINE + "# again\n"):
        Path("double/double.py").write_text(text, encoding="utf-8")
        code, out, _ = desk.type("reset", "double")
        backups.append(Path(out.rpartition(" ")[2].strip()))

        assert 0 == code
        assert STUB == Path("double/double.py").read_text(encoding="utf-8")
        assert text == (backups[-1] / "double.py").read_text(encoding="utf-8")

    assert backups[0] != backups[1]
    assert "is as it was at the start" in desk.type("reset", "double")[1]


def test_a_reset_needs_a_submission(desk: Desk) -> None:
    code, _, err = desk.type("reset", "double")

    assert 2 == code
    assert "grade start double makes one" in err


def test_a_backup_is_no_part_of_a_submission(desk: Desk) -> None:
    from grader.submission import take_submission

    desk.type("start", "double")
    Path("double/double.py").write_text(MINE, encoding="utf-8")
    desk.type("reset", "double")
    with take_submission(Path("double"), "double.py") as submission:
        assert ("README.md", "double.py") == submission.files


def test_next_goes_round_and_leaves_out_what_is_passed(desk: Desk, passed_grade: Grade) -> None:
    assert "double/double.py\n" == desk.type("next")[1]
    assert "second/double.py\n" == desk.type("next")[1]
    assert f"{Path('double').absolute()}/double.py\n" == desk.type("next")[1]
    with History(default_path()) as history:
        history.add(passed_grade)
        history.add(replace(passed_grade, challenge="second"))

    assert (0, "", "there is no other challenge left that is not passed\n") == desk.type("next")


def test_a_solution_is_shown_after_a_pass_or_when_one_insists(desk: Desk, passed_grade: Grade) -> None:
    reference = desk.challenges.parent / "solutions" / "double" / "full_marks"
    reference.mkdir(parents=True)
    (reference / "double.py").write_text(MINE, encoding="utf-8")
    code, out, err = desk.type("solution", "double")
    spoilt = desk.type("solution", "double", "--spoil")
    with History(default_path()) as history:
        history.add(passed_grade)

    assert (2, "") == (code, out)
    assert "double is not passed yet; grade hint double helps" in err
    assert (0, f"==> double.py <==\n{MINE}", "") == spoilt == desk.type("solution", "double")


def test_a_solution_that_was_not_shipped_is_told(desk: Desk) -> None:
    (desk.challenges.parent / "solutions").mkdir()
    code, _, err = desk.type("solution", "double", "--spoil")

    assert 2 == code
    assert "no reference solution of double comes with these challenges" in err


def test_a_brief_in_a_pipe_is_the_markdown_itself(desk: Desk) -> None:
    assert (0, "# Twice the input\n", "") == desk.type("brief", "double")
