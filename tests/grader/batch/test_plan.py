"""What a batch is made of: folders, lists, and submissions that can't be taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.batch.plan import jobs, listed
from grader.challenge import Challenge, open_challenge
from harness.errors import UsageError

CHALLENGES = Path(__file__).parents[2] / "cheats" / "challenges"


def find(name: str) -> Challenge:
    return open_challenge(CHALLENGES, name)


def test_every_entry_of_a_folder_is_a_submission(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "entry.py").write_text("1\n")
    (tmp_path / "bob.py").write_text("2\n")
    (tmp_path / ".hidden").write_text("3\n")

    first, second = jobs(listed(tmp_path, "softmax"), find)

    assert ("ada", "bob.py") == (first.name, second.name)
    assert {"entry.py": b"1\n"} == first.contents
    assert {"entry.py": b"2\n"} == second.contents
    assert "cuda" in first.lanes


def test_a_list_names_submissions_relative_to_itself(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.py").write_text("1\n")
    (tmp_path / "list.csv").write_text("name,path,challenge\nada,in/a.py,softmax\nbob,in/none.py,softmax\n")

    first, second = jobs(listed(tmp_path / "list.csv", None), find)

    assert {"entry.py": b"1\n"} == first.contents
    assert second.contents is None
    assert "no such file" in str(second.refusal)


def test_what_can_not_be_taken_is_told_to_its_author_and_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "link.py").symlink_to("/etc/passwd")
    (tmp_path / "empty.py").touch()
    (tmp_path / "good.py").write_text("1\n")

    refusals = {job.name: job.refusal for job in jobs(listed(tmp_path, "softmax"), find)}

    assert "is a link" in str(refusals["link.py"])
    assert "is empty" in str(refusals["empty.py"])
    assert refusals["good.py"] is None


def test_the_key_changes_with_the_files_and_stays_with_the_name(tmp_path: Path) -> None:
    keys = []
    for name, text in (("a.py", "1\n"), ("b.py", "1\n"), ("c.py", "2\n")):
        (tmp_path / name).write_text(text)
    keys = [job.key for job in jobs(listed(tmp_path, "softmax"), find)]

    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,path\n", "no submission"),
        ("who,where\nada,a.py\n", "must name the columns"),
        ("name,path\nada,a.py\n", "which challenge"),
        ("name,path,challenge\nada,a.py,softmax\nada,b.py,softmax\n", "two submissions are called 'ada'"),
        ("name,path,challenge\n../ada,a.py,softmax\n", "line 2"),
        ("name,path,challenge\nada,,softmax\n", "line 2"),
    ],
)
def test_a_list_that_is_not_well_formed_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "list.csv").write_text(text)

    with pytest.raises(UsageError, match=words):
        listed(tmp_path / "list.csv", None)


def test_a_source_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        listed(tmp_path / "none", "softmax")
