"""Tests of `grade list`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader.cli.main import main
from grader.history.database import default_path
from grader.history.store import History
from grader.verdict import Grade


def test_the_table_shows_what_a_challenge_is_worth_and_where(
    challenge_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == main(["list", "--challenges", str(challenge_folder.parent)])
    expected = """\
id      title            points  lanes
double  Twice the input      10  cpu, cuda
"""
    assert expected == capsys.readouterr().out


def test_the_list_for_programs_is_json(challenge_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["list", "--json", "--challenges", str(challenge_folder.parent)])
    expected = [{"id": "double", "title": "Twice the input", "points": 10, "lanes": ["cpu", "cuda"], "state": "open"}]
    assert expected == json.loads(capsys.readouterr().out)


def test_a_broken_challenge_does_not_hide_the_others(
    challenge_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = challenge_folder.parent / "broken"
    broken.mkdir()
    (broken / "challenge.yaml").write_text("format: 1\n", encoding="utf-8")

    assert 2 == main(["list", "--challenges", str(challenge_folder.parent)])
    captured = capsys.readouterr()
    assert "double" in captured.out
    assert "broken/challenge.yaml" in captured.err


def test_no_challenges_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["list", "--challenges", str(tmp_path)])
    assert "no challenges\n" == capsys.readouterr().out


def test_the_table_tells_how_far_one_is(
    challenge_folder: Path, passed_grade: Grade, capsys: pytest.CaptureFixture[str]
) -> None:
    with History(default_path()) as history:
        history.add(replace(passed_grade, only=("exact",)))
        main(["list", "--challenges", str(challenge_folder.parent)])
        begun = capsys.readouterr().out
        history.add(passed_grade)
        main(["list", "--challenges", str(challenge_folder.parent)])

    assert begun.endswith("10  cpu, cuda  begun\n")
    assert capsys.readouterr().out.endswith("10  cpu, cuda  passed\n")


def test_a_broken_history_does_not_hide_the_list(challenge_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    default_path().parent.mkdir(parents=True)
    default_path().write_bytes(b"no history " * 1000)

    assert 0 == main(["list", "--challenges", str(challenge_folder.parent)])
    captured = capsys.readouterr()
    assert "double" in captured.out
    assert "move it away" in captured.err
