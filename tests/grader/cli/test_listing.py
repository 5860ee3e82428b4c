"""Tests of `grade list`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.cli.main import main


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
    expected = [{"id": "double", "title": "Twice the input", "points": 10, "lanes": ["cpu", "cuda"]}]
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
