"""Archives as submissions: taken when they are plain, refused with the reason when anything about them is odd."""

from __future__ import annotations

import io
import stat
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.submission import MAX_FILE_BYTES, read_submission
from harness.errors import UsageError

Files = list[tuple[str, bytes]]


def zipped(files: Files) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()


def tarred(files: Files, link: str | None = None, kind: bytes = tarfile.SYMTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        if link is not None:
            info = tarfile.TarInfo("link.py")
            info.type, info.linkname = kind, link
            archive.addfile(info)
    return out.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes, str], dict[str, bytes]]:
    def read(content: bytes, name: str) -> dict[str, bytes]:
        (tmp_path / name).write_bytes(content)
        return read_submission(tmp_path / name, "entry.py")

    return read


Read = Callable[[bytes, str], dict[str, bytes]]
PLAIN: Files = [("entry.py", b"1\n"), ("kernels/a.cpp", b"2\n")]


@pytest.mark.parametrize("around", ["", "ada-homework/"])
def test_a_plain_archive_is_its_files_with_or_without_a_folder_around(read: Read, around: str) -> None:
    files = [(around + name, content) for name, content in PLAIN]

    assert dict(PLAIN) == read(zipped(files), "a.zip") == read(tarred(files), "a.tar.gz")


def test_what_file_managers_leave_behind_is_left_out(read: Read) -> None:
    files = [*PLAIN, ("__MACOSX/._entry.py", b"x"), (".git/config", b"x"), ("__pycache__/entry.pyc", b"x")]

    assert dict(PLAIN) == read(zipped(files), "a.zip")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../entry.py", "leads out"),
        ("a/../../entry.py", "leads out"),
        ("/etc/entry.py", "leads out"),
        ("C:/entry.py", "leads out"),
        ("a\\entry.py", "leads out"),
        ("a\x1b[31m.py", "not printable"),
        ("n" * 300, "not printable"),
        ("/".join("abcdefghijkl"), "nested"),
    ],
)
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_names_that_lead_elsewhere_are_refused(
    read: Read, pack: Callable[[Files], bytes], name: str, words: str
) -> None:  # fmt: skip
    with pytest.raises(UsageError, match=words):
        read(pack([*PLAIN, (name, b"x")]), "a.zip" if pack is zipped else "a.tgz")


def test_a_member_without_a_name_is_refused(read: Read) -> None:
    content = zipped([("entry.py", b"1\n"), ("nameless", b"2\n")])

    with pytest.raises(UsageError, match="leads out of the archive"):
        read(content.replace(b"nameless", b"\0ameless"), "a.zip")


@pytest.mark.parametrize("twin", ["entry.py", "ENTRY.py", "./entry.py"])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_name_that_is_there_twice_is_refused(read: Read, pack: Callable[[Files], bytes], twin: str) -> None:
    with pytest.raises(UsageError, match="is there twice"):
        read(pack([*PLAIN, (twin, b"x")]), "a.zip" if pack is zipped else "a.tgz")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_of_a_tar_are_refused(read: Read, kind: bytes) -> None:
    with pytest.raises(UsageError, match="is a link or a device"):
        read(tarred(PLAIN, "/etc/passwd", kind), "a.tgz")


def test_a_link_of_a_zip_is_refused(read: Read) -> None:
    info = zipfile.ZipInfo("link.py")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("entry.py", "1\n")
        archive.writestr(info, "/etc/passwd")

    with pytest.raises(UsageError, match="is a link or a device"):
        read(out.getvalue(), "a.zip")


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_bombs_are_refused_by_what_they_declare(read: Read, pack: Callable[[Files], bytes]) -> None:
    name = "a.zip" if pack is zipped else "a.tgz"
    with pytest.raises(UsageError, match="is larger than 4 MiB"):
        read(pack([*PLAIN, ("zeros.bin", bytes(MAX_FILE_BYTES + 1))]), name)
    with pytest.raises(UsageError, match="would come out"):
        read(pack([*PLAIN, *((f"zeros{n}.bin", bytes(MAX_FILE_BYTES)) for n in range(3))]), name)
    with pytest.raises(UsageError, match="files"):
        read(pack([*PLAIN, *((f"{n}.py", b"%d" % n) for n in range(300))]), name)


def test_a_zip_that_lies_about_its_sizes_is_refused(read: Read) -> None:
    content = bytearray(zipped([("entry.py", b"1\n" * 4000)]))
    central = content.index(b"PK\x01\x02")
    content[central + 24 : central + 28] = (5).to_bytes(4, "little")

    with pytest.raises(UsageError, match=r"can't be read|larger than it says"):
        read(bytes(content), "a.zip")


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tgz", "a.tar.xz", "a.tar.bz2"])
@pytest.mark.parametrize("content", [b"", b"PK", b"no archive at all\n", b"\x1f\x8b\x08" + bytes(20)])
def test_what_is_no_archive_is_told(read: Read, name: str, content: bytes) -> None:
    with pytest.raises(UsageError, match=r"can't be read as an archive|no file to grade"):
        read(content, name)


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.7])
def test_an_archive_that_is_cut_short_is_told(read: Read, cut: float) -> None:
    for name, content in (("a.zip", zipped(PLAIN)), ("a.tgz", tarred(PLAIN))):
        with pytest.raises(UsageError):
            read(content[: int(cut * len(content))], name)


def test_an_archive_without_the_entry_is_told(read: Read) -> None:
    with pytest.raises(UsageError, match=r"has no entry\.py; there is other\.py"):
        read(zipped([("other.py", b"1\n")]), "a.zip")
