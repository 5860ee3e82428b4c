"""Reads a submission out of a zip or tar archive, in memory; whatever is odd about it is refused before it is unpacked.

The list of members is looked at first, as a whole: only regular files and folders, relative names without `..`, no name
twice (nor twice but for its case), bounded in number and in size. Then contents are read, never more than was declared
and allowed, so that an archive that lies about sizes ends as one that is too large. Nothing is written to disk here.

NOT covered: archives within archives, which stay the files that they are; passwords.
"""

from __future__ import annotations

import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from harness.errors import UsageError

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")
"""Names of files that are taken for archives."""

MOST_ARCHIVE_BYTES = 16 * 2**20
MOST_MEMBERS = 2000
MOST_RATIO = 200
"""Bytes that a byte of the archive may stand for; text of programs has 3 to 10."""

_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError,
    NotImplementedError, OverflowError, LookupError, struct.error,
)  # fmt: skip
"""What the readers raise on an archive that is damaged, encrypted, or packed by a method that they lack."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may come out of an archive: files, bytes of one, bytes in all, and how deep folders are nested."""

    files: int
    file_bytes: int
    total_bytes: int
    depth: int


@dataclass(frozen=True, slots=True)
class _Member:
    """One entry as the archive declares it."""

    name: str
    size_bytes: int
    is_folder: bool
    oddity: str | None


def is_archive(name: str) -> bool:
    """Tell by its name whether a file is an archive."""
    return name.lower().endswith(SUFFIXES)


def read_archive(content: bytes, name: str, bounds: Bounds) -> dict[str, bytes]:
    """Give the files of an archive by their relative names; a single folder around all of them is left away.

    Args:
        content: the archive.
        name: what it is called, for messages and for its kind.
        bounds: what may come out of it.

    Raises:
        UsageError: it is damaged, or anything but a bounded set of regular files.
    """
    try:
        if name.lower().endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as zipped:
                _refuse_odd(name, list(_zip_members(zipped)), len(content), bounds)
                found = _read(name, ((i.filename, zipped.open(i)) for i in zipped.infolist() if not i.is_dir()), bounds)
        else:
            with tarfile.open(fileobj=io.BytesIO(content), mode="r:*") as tar:
                infos = _some_of(name, tar)
                _refuse_odd(name, [_of_tar(info) for info in infos], len(content), bounds)
                found = _read(name, ((i.name, tar.extractfile(i)) for i in infos if i.isreg()), bounds)
    except _BROKEN as error:
        raise UsageError(f"{name}: can't be read as an archive: {error or type(error).__name__}") from error
    return _without_outer_folder(found)


def _zip_members(zipped: zipfile.ZipFile) -> Iterator[_Member]:
    for info in zipped.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        oddity = "is encrypted" if info.flag_bits & 1 else None
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            oddity = "is a link or a device"
        yield _Member(info.filename, info.file_size, info.filename.endswith("/"), oddity)


def _some_of(name: str, tar: tarfile.TarFile) -> list[tarfile.TarInfo]:
    """List members one by one: a tar has no table of contents, and a bomb need not be walked to its end."""
    infos: list[tarfile.TarInfo] = []
    for info in tar:
        infos.append(info)
        if len(infos) > MOST_MEMBERS or tar.offset > MOST_ARCHIVE_BYTES * 4:
            raise UsageError(f"{name}: more than {MOST_MEMBERS} entries, or too large unpacked; leave data out")
    return infos


def _of_tar(info: tarfile.TarInfo) -> _Member:
    oddity = None if info.isreg() or info.isdir() else "is a link or a device"
    if info.issparse():
        oddity = "is sparse"
    return _Member(info.name, info.size, info.isdir(), oddity)


def _refuse_odd(name: str, members: list[_Member], archive_bytes: int, bounds: Bounds) -> None:
    """Refuse by what is declared, before a byte is unpacked."""
    if len(members) > MOST_MEMBERS:
        raise UsageError(f"{name}: more than {MOST_MEMBERS} entries; hand in the submission alone")
    seen: dict[str, str] = {}
    for member in members:
        shown = ascii(member.name)
        _refuse_name(name, member.name, bounds)
        if member.oddity is not None:
            raise UsageError(f"{name}: {shown} {member.oddity}; an archive may hold regular files and folders alone")
        key = str(PurePosixPath(member.name)).casefold()
        if key in seen and not member.is_folder:
            raise UsageError(f"{name}: {shown} is there twice ({seen[key]!a}); which one is meant?")
        seen[key] = member.name
        if member.size_bytes > bounds.file_bytes:
            raise UsageError(f"{name}: {shown} is larger than {bounds.file_bytes // 2**20} MiB; leave data out")
    files, total_bytes = sum(not one.is_folder for one in members), sum(one.size_bytes for one in members)
    if files > bounds.files:
        raise UsageError(f"{name}: more than {bounds.files} files; hand in the submission alone")
    if total_bytes > bounds.total_bytes or total_bytes > MOST_RATIO * archive_bytes:
        raise UsageError(f"{name}: {total_bytes} bytes would come out of {archive_bytes}; that is no submission")


def _refuse_name(archive: str, name: str, bounds: Bounds) -> None:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or "\\" in name or ".." in parts or ":" in parts[0]:
        raise UsageError(f"{archive}: the name {name!a} leads out of the archive; use relative names")
    if not name.isprintable() or any(len(part.encode(errors="surrogateescape")) > 255 for part in parts):
        raise UsageError(f"{archive}: the name {name!a} is not printable UTF-8 of at most 255 bytes a part")
    if len(parts) > bounds.depth + 1:
        raise UsageError(f"{archive}: {name!a}: folders are nested more than {bounds.depth} deep")


def _read(name: str, opened: Iterator[tuple[str, object]], bounds: Bounds) -> dict[str, bytes]:
    """Unpack, within the bounds whatever was declared."""
    found: dict[str, bytes] = {}
    total_bytes = 0
    for member, file in opened:
        if not hasattr(file, "read"):
            raise UsageError(f"{name}: {member!a} is no regular file")
        content = file.read(bounds.file_bytes + 1)
        total_bytes += len(content)
        if len(content) > bounds.file_bytes or total_bytes > bounds.total_bytes:
            raise UsageError(f"{name}: {member!a} is larger than it says; that is no submission")
        found[str(PurePosixPath(member))] = content
    return found


def _without_outer_folder(found: Mapping[str, bytes]) -> dict[str, bytes]:
    """Leave away what hosts and file managers wrap around a folder, and what Python and they leave behind."""
    kept = {
        name: content
        for name, content in found.items()
        if not any(part in {"__pycache__", "__MACOSX"} or part[0] == "." for part in PurePosixPath(name).parts)
    }
    outer = {PurePosixPath(name).parts[0] for name in kept}
    if len(outer) != 1 or any(len(PurePosixPath(name).parts) == 1 for name in kept):
        return kept
    return {str(PurePosixPath(*PurePosixPath(name).parts[1:])): content for name, content in kept.items()}
