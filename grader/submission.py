"""The judge's own copy of a submission: taken once, without following a link, and bounded in every way.

Not covered: a hard link to somebody else's file is taken as that file, as far as the reader may read it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.archives import MOST_ARCHIVE_BYTES, Bounds, is_archive, read_archive
from harness.errors import UsageError

MAX_FILES = 200
MAX_FILE_BYTES = 4 * 2**20
MAX_TOTAL_BYTES = 16 * 2**20
MAX_NAME_BYTES = 255
MAX_DEPTH = 8
MAX_ENTRIES = 2000
"""Entries that may be looked at, those that are skipped included, so that a huge folder is refused quickly."""

# O_NONBLOCK: opening a FIFO must not wait for its writer; it changes nothing for regular files.
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


@dataclass(frozen=True, slots=True)
class Submission:
    """A copy of what a learner handed in.

    Attributes:
        folder: the private folder that holds the copy (0755, its files 0644, since the guest has a uid of its own).
        files: names of the files, relative to `folder`, sorted.
        sha256: hex, over names and contents.
    """

    folder: Path
    files: tuple[str, ...]
    sha256: str


@contextmanager
def take_submission(path: Path, place: str) -> Iterator[Submission]:
    """Copy the file, folder or archive at `path`, and remove the copy at the end.

    Args:
        path: what was handed in; a lone file is stored where the challenge looks for it.
        place: name of the file that must be there, or, with a `/` at its end, of the folder whose modules are called.

    Raises:
        UsageError: when it is missing, empty, not readable, too big, or holds anything but regular files and folders.
    """
    contents = read_submission(path, place)
    folder = Path(tempfile.mkdtemp(prefix="superfast-submission-"))
    try:
        write_submission(folder, contents)
        yield Submission(folder=folder, files=tuple(sorted(contents)), sha256=digest(contents))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_submission(path: Path, place: str) -> dict[str, bytes]:
    """Read a whole submission into memory, by relative name; arguments and faults are those of `take_submission`."""
    descriptor = _open(path, parent=None, full=path)
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            contents = _read_lone(descriptor, path, place)
        else:
            contents = _Reader(path).read_folder(descriptor)
    finally:
        os.close(descriptor)
    if not contents:
        raise UsageError(f"{path}: the folder holds no file to grade; {place} must be there")
    found = [name for name in contents if name == place or (place.endswith("/") and name.startswith(place))]
    if not found:
        raise UsageError(f"{path}: has no {place}; there is {_some(sorted(contents))}")
    if not any(contents[name].strip() for name in found):
        raise UsageError(f"{path}: {place} is empty; the stub of the challenge is what to start from")
    return contents


def _read_lone(descriptor: int, path: Path, place: str) -> dict[str, bytes]:
    """Read what is no folder: an archive of files, or the file that the challenge looks for."""
    if is_archive(path.name):
        content = _read_file(descriptor, path, MOST_ARCHIVE_BYTES)
        return read_archive(content, str(path), Bounds(MAX_FILES, MAX_FILE_BYTES, MAX_TOTAL_BYTES, MAX_DEPTH))
    return {place + path.name if place.endswith("/") else place: _read_file(descriptor, path)}


class _Reader:
    """Walks one folder by descriptors, so that nothing it has looked at can be swapped for a link behind its back."""

    def __init__(self, root: Path) -> None:
        """Start with nothing read."""
        self._root = root
        self._contents: dict[str, bytes] = {}
        self._entries = 0
        self._total_bytes = 0

    def read_folder(self, descriptor: int) -> dict[str, bytes]:
        """Read everything below an open folder."""
        self._walk(descriptor, "", depth=0)
        return self._contents

    def _walk(self, descriptor: int, prefix: str, depth: int) -> None:
        """Read one folder and those below it."""
        if depth > MAX_DEPTH:
            raise UsageError(f"{self._root / _shown(prefix)}: folders are nested more than {MAX_DEPTH} deep")
        for name in sorted(os.listdir(descriptor)):
            self._count_entry()
            if name == "__pycache__" or name.startswith("."):
                continue
            _check_name(name, self._root)
            child = _open(name, parent=descriptor, full=self._root / f"{prefix}{name}")
            try:
                if stat.S_ISDIR(os.fstat(child).st_mode):
                    self._walk(child, f"{prefix}{name}/", depth + 1)
                else:
                    self._keep(f"{prefix}{name}", _read_file(child, self._root / f"{prefix}{name}"))
            finally:
                os.close(child)

    def _count_entry(self) -> None:
        """Refuse a folder that is no submission but somebody's home."""
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise UsageError(
                f"{self._root}: more than {MAX_ENTRIES} entries; hand in a folder with the submission alone"
            )

    def _keep(self, name: str, content: bytes) -> None:
        """Take one file in, within the bounds."""
        self._contents[name] = content
        self._total_bytes += len(content)
        if len(self._contents) > MAX_FILES:
            raise UsageError(f"{self._root}: more than {MAX_FILES} files; hand in a folder with the submission alone")
        if self._total_bytes > MAX_TOTAL_BYTES:
            raise UsageError(f"{self._root}: more than {MAX_TOTAL_BYTES // 2**20} MiB in all; leave data out")


def _open(target: str | Path, parent: int | None, full: Path) -> int:
    """Open a regular file or a folder, never through a link; `target` counts from the open folder `parent`."""
    try:
        descriptor = os.open(target, _OPEN, dir_fd=parent)
    except FileNotFoundError as error:
        raise UsageError(f"{full}: there is no such file or folder") from error
    except OSError as error:
        if full.is_symlink():
            raise UsageError(f"{full}: is a link; hand in the file that it points to") from error
        raise UsageError(f"{full}: can't be opened: {error.strerror}") from error
    mode = os.fstat(descriptor).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        os.close(descriptor)
        raise UsageError(f"{full}: is neither a regular file nor a folder; take it away")
    return descriptor


def _read_file(descriptor: int, full: Path, most_bytes: int = MAX_FILE_BYTES) -> bytes:
    """Read an open file up to the bound."""
    with os.fdopen(os.dup(descriptor), "rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise UsageError(f"{full}: is larger than {most_bytes // 2**20} MiB; leave data out")
    return content


def _check_name(name: str, root: Path) -> None:
    """Refuse a name that a terminal, a report or another machine could stumble over."""
    if not name.isprintable() or len(os.fsencode(name)) > MAX_NAME_BYTES:
        raise UsageError(f"{root}: the name {_shown(name)} is not printable UTF-8 of at most {MAX_NAME_BYTES} bytes")


def _shown(name: str) -> str:
    """Write any name in ASCII."""
    return ascii(name)


def _some(names: list[str]) -> str:
    """List a few names, and say how many more there are."""
    shown = ", ".join(names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown


def write_submission(folder: Path, contents: dict[str, bytes]) -> None:
    """Write the copy with modes that let the guest's uid read it, whatever the umask."""
    for name, content in contents.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(0o644)
    for inner in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        inner.chmod(0o755)


def digest(contents: dict[str, bytes]) -> str:
    """Hash names and contents, each with its length so that no two submissions are alike."""
    total = hashlib.sha256()
    for name in sorted(contents):
        encoded = name.encode()
        total.update(f"{len(encoded)} {len(contents[name])} ".encode() + encoded + contents[name])
    return total.hexdigest()
