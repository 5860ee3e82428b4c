"""A learner's own folder for one challenge: the stub to start from and the brief beside it; nothing is ever lost."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from grader.challenge import Challenge
from harness.errors import UsageError

BRIEF_NAME = "README.md"
"""What the brief is called in a workspace."""

BACKUPS = Path(".superfast", "backups")
"""Where a workspace keeps what a reset took away; a submission leaves out names that begin with a dot."""


def place_of(challenge: Challenge, folder: Path) -> Path | None:
    """Give the submission in a workspace: its entry file, or `folder` itself where it is modules; None without one."""
    entry = challenge.manifest.entry
    if not (folder / entry.place).exists():
        return None
    return folder / entry.place if entry.file else folder


def find_workspace(challenge: Challenge, here: Path, remembered: Path | None) -> Path | None:
    """Find the folder that holds a submission: this one, one below called like the challenge, or the remembered one."""
    for folder in (here, here / challenge.id, *([remembered] if remembered else [])):
        if place_of(challenge, folder) is not None:
            return folder
    return None


def stub_files(challenge: Challenge) -> dict[str, bytes]:
    """Give the files that a learner starts from, by their names in a workspace."""
    if challenge.manifest.entry.file:
        return {challenge.manifest.entry.file: challenge.stub.read_bytes()}
    files = (path for path in sorted(challenge.stub.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(challenge.stub).as_posix(): path.read_bytes() for path in files}


def start_files(challenge: Challenge) -> dict[str, bytes]:
    """Give all files of a new workspace: the stub's and the brief."""
    return {BRIEF_NAME: challenge.brief.read_bytes(), **stub_files(challenge)}


def in_the_way(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Name the files that are there and hold something else than `files` would put there."""
    return [
        name
        for name, content in files.items()
        if (folder / name).exists() and (not (folder / name).is_file() or (folder / name).read_bytes() != content)
    ]


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a workspace; raises UsageError where that is not possible."""
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: can't be written: {error.strerror}") from error


def back_up(folder: Path, names: list[str], now: datetime) -> Path | None:
    """Copy files of a workspace to a new folder of its own and give it; None where none of them is there."""
    contents = {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}
    if not contents:
        return None
    stem = now.strftime("%Y%m%dT%H%M%SZ")
    names_to_try = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    target = next(folder / BACKUPS / name for name in names_to_try if not (folder / BACKUPS / name).exists())
    write_files(target, contents)
    return target
