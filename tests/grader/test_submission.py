"""Tests of taking a submission: copied once, no links, no devices, bounded, and gone at the end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader import submission as module
from grader.submission import Submission, take_submission
from harness.errors import UsageError


def refused(path: Path) -> str:
    """Hand in `path`, and give the message with which it is refused."""
    with pytest.raises(UsageError) as caught, take_submission(path, "double.py"):
        pass
    return str(caught.value)


def digest_of(path: Path) -> str:
    """Hand in `path`, and give its digest."""
    with take_submission(path, "double.py") as submission:
        return submission.sha256


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder that holds a submission of two files."""
    folder = tmp_path / "mine"
    (folder / "kernels").mkdir(parents=True)
    (folder / "double.py").write_text("def double(x): return x + x\n", encoding="utf-8")
    (folder / "kernels" / "rows.cpp").write_text("// rows\n", encoding="utf-8")
    return folder


def test_a_lone_file_is_stored_under_the_entrys_name(tmp_path: Path) -> None:
    file = tmp_path / "attempt-3.py"
    file.write_text("x = 1\n", encoding="utf-8")

    with take_submission(file, "double.py") as submission:
        assert ("double.py",) == submission.files
        assert "x = 1\n" == (submission.folder / "double.py").read_text(encoding="utf-8")


def test_a_lone_file_for_a_challenge_of_a_folder_keeps_its_name(tmp_path: Path) -> None:
    file = tmp_path / "07_window.py"
    file.write_text("x = 1\n", encoding="utf-8")

    with take_submission(file, "cases/") as submission:
        assert ("cases/07_window.py",) == submission.files


def test_a_folder_without_the_modules_that_are_called_is_refused(folder: Path) -> None:
    with (
        pytest.raises(UsageError, match=r"has no cases/; there is double\.py, kernels/rows\.cpp"),
        take_submission(folder, "cases/"),
    ):
        pass


def test_a_folder_is_copied_with_modes_that_the_guest_can_read(folder: Path) -> None:
    (folder / "double.py").chmod(0o600)
    before = os.umask(0o077)
    try:
        with take_submission(folder, "double.py") as submission:
            modes = {path.name: path.stat().st_mode & 0o777 for path in submission.folder.rglob("*")}
            modes["."] = submission.folder.stat().st_mode & 0o777
    finally:
        os.umask(before)

    assert {"double.py": 0o644, "kernels": 0o755, "rows.cpp": 0o644, ".": 0o755} == modes


def test_the_copy_does_not_follow_the_original_and_goes_at_the_end(folder: Path) -> None:
    with take_submission(folder, "double.py") as submission:
        (folder / "double.py").write_text("changed\n", encoding="utf-8")
        copied = (submission.folder / "double.py").read_text(encoding="utf-8")
        place = submission.folder

    assert "def double(x): return x + x\n" == copied
    assert not place.exists()


def test_the_copy_goes_when_grading_fails(folder: Path) -> None:
    taken: list[Submission] = []
    with pytest.raises(KeyboardInterrupt), take_submission(folder, "double.py") as submission:
        taken.append(submission)
        raise KeyboardInterrupt

    assert not taken[0].folder.exists()


def test_caches_and_hidden_files_are_left_out(folder: Path) -> None:
    for name in (".git", "__pycache__", "kernels/__pycache__"):
        (folder / name).mkdir()
        (folder / name / "file.py").write_text("x\n", encoding="utf-8")
    (folder / ".env").write_text("SECRET=1\n", encoding="utf-8")

    with take_submission(folder, "double.py") as submission:
        assert ("double.py", "kernels/rows.cpp") == submission.files


def test_a_link_is_refused_wherever_it_stands(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link.py").symlink_to(folder / "double.py")
    (tmp_path / "folder-link").symlink_to(folder)
    assert "is a link" in refused(tmp_path / "link.py")
    assert "is a link" in refused(tmp_path / "folder-link")

    (folder / "kernels" / "answers.py").symlink_to("/etc/hostname")
    message = refused(folder)

    assert "kernels/answers.py: is a link" in message


def test_a_fifo_is_refused_at_once(folder: Path) -> None:
    os.mkfifo(folder / "pipe")

    assert "pipe: is neither a regular file nor a folder" in refused(folder)


def test_a_device_is_refused() -> None:
    assert "neither a regular file nor a folder" in refused(Path("/dev/zero"))


@pytest.mark.parametrize("name", ["bell\x07.py", "line\nbreak.py", "\u202egnp.py"])
def test_a_name_that_could_fool_a_terminal_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("x\n", encoding="utf-8")
    message = refused(folder)

    assert "is not printable UTF-8" in message
    assert message.isascii()


def test_a_name_that_is_no_utf8_is_refused(folder: Path) -> None:
    Path(os.fsdecode(bytes(folder) + b"/caf\xe9.py")).write_bytes(b"x\n")

    assert "is not printable UTF-8" in refused(folder)


def test_a_large_file_is_refused(folder: Path) -> None:
    (folder / "data.bin").write_bytes(bytes(module.MAX_FILE_BYTES + 1))

    assert "data.bin: is larger than 4 MiB" in refused(folder)


def test_many_bytes_are_refused(folder: Path) -> None:
    for number in range(5):
        (folder / f"data{number}.bin").write_bytes(bytes(module.MAX_FILE_BYTES))

    assert "more than 16 MiB in all" in refused(folder)


def test_many_files_are_refused(folder: Path) -> None:
    for number in range(module.MAX_FILES):
        (folder / f"part{number}.py").touch()

    assert "more than 200 files" in refused(folder)


def test_many_entries_are_refused_even_where_they_are_hidden(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ENTRIES", 5)
    for number in range(5):
        (folder / f".hidden{number}").touch()

    assert "more than 5 entries" in refused(folder)


def test_deep_folders_are_refused(folder: Path) -> None:
    folder.joinpath(*["deep"] * (module.MAX_DEPTH + 1)).mkdir(parents=True)

    assert "nested more than 8 deep" in refused(folder)


def test_a_missing_entry_file_is_told_with_what_is_there(folder: Path) -> None:
    (folder / "double.py").rename(folder / "duoble.py")

    assert "has no double.py; there is duoble.py, kernels/rows.cpp" in refused(folder)


def test_nothing_to_grade_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "blank.py").write_text(" \n", encoding="utf-8")

    assert "there is no such file or folder" in refused(tmp_path / "nowhere.py")
    assert "holds no file to grade" in refused(tmp_path / "empty")
    assert "double.py is empty" in refused(tmp_path / "blank.py")


def test_the_digest_is_of_names_and_contents(folder: Path, tmp_path: Path) -> None:
    before = digest_of(folder)
    assert before == digest_of(folder)

    (folder / "kernels" / "rows.cpp").rename(folder / "kernels" / "cols.cpp")
    renamed = digest_of(folder)
    (folder / "kernels" / "cols.cpp").write_text("// cols\n", encoding="utf-8")

    assert 3 == len({before, renamed, digest_of(folder)})


def test_a_lone_file_and_a_folder_with_it_have_one_digest(folder: Path) -> None:
    (folder / "kernels" / "rows.cpp").unlink()

    assert digest_of(folder) == digest_of(folder / "double.py")
