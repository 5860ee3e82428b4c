"""`grade batch` as typed: results, progress, exit codes, and a second run that starts where the first one stopped."""

from __future__ import annotations

import csv
import functools
from pathlib import Path

import pytest

from grader.batch.work import Settings
from grader.cli.main import main
from tests.grader.batch.conftest import CHALLENGES, FAKE


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the command that grades."""
    folder = tmp_path / "package" / "grader"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "__main__.py").write_text(FAKE)
    monkeypatch.setattr("grader.cli.batching.Settings", functools.partial(Settings, package=str(folder.parent)))
    return folder


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    folder = tmp_path / "handed in"
    folder.mkdir()
    (folder / "ada.py").write_text("# passed\n")
    (folder / "bob.py").write_text("# failed\n")
    return folder


def batch(handed_in: Path, *more: str) -> int:
    out = handed_in.parent / "out"
    return main(
        ["batch", str(handed_in), "--challenge", "softmax", "--challenges", str(CHALLENGES), "--out", str(out), *more]
    )


def starts(package: Path) -> int:
    return sum(len(path.read_text().splitlines()) for path in (package / "notes").iterdir())


def test_every_submission_is_in_the_results(
    package: Path, handed_in: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    assert 0 == batch(handed_in)

    told = capsys.readouterr()
    assert "[2/2]" in told.err
    rows = list(csv.DictReader((handed_in.parent / "out" / "results.csv").read_text().splitlines()))
    assert [("ada.py", "passed", "3"), ("bob.py", "not passed", "0")] == [
        (row["name"], row["ending"], row["points"]) for row in rows
    ]


def test_a_second_run_grades_only_what_is_new(
    package: Path, handed_in: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    batch(handed_in)
    (handed_in / "bob.py").write_text("# passed\n")
    (handed_in / "eve.py").write_text("# passed\n")

    assert 0 == batch(handed_in)

    assert 4 == starts(package)
    assert "1 of 3 are graded already" in capsys.readouterr().err
    rows = list(csv.DictReader((handed_in.parent / "out" / "results.csv").read_text().splitlines()))
    assert ["passed"] * 3 == [row["ending"] for row in rows]


def test_a_judge_that_fails_shows_in_the_exit_code(package: Path, handed_in: Path) -> None:
    (handed_in / "eve.py").write_text("# judge error\n")

    assert 4 == batch(handed_in, "--retries", "0", "--quiet")


@pytest.mark.parametrize(
    ("more", "words"), [(("--address", "auto"), "--engine ray"), (("--challenge", "sofmax"), "did you mean")]
)
def test_what_can_not_be_is_refused(
    package: Path, handed_in: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], words: str
) -> None:
    assert 2 == batch(handed_in, *more)
    assert words in capsys.readouterr().err
