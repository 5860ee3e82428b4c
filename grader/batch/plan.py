"""What a batch is made of: one job a submission, each with its files in memory and a name of its own."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from grader.challenge import Challenge
from grader.submission import digest, read_submission
from harness.errors import UsageError

Find = Callable[[str], Challenge]
"""Gives the challenge of an id."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of what was handed in.

    Attributes:
        name: of the submission, unique within a batch.
        path: the file or folder.
        challenge: id of the challenge that it is graded against.
    """

    name: str
    path: Path
    challenge: str


@dataclass(frozen=True, slots=True)
class Job:
    """One submission to be graded; it can be sent to another machine.

    Attributes:
        name: of the submission.
        challenge: id of its challenge.
        contents: its files by relative name; None where it can't be taken.
        refusal: why it can't be taken; None where it can.
        key: sha256, hex, over contents (or refusal) and challenge: grades of the same key are the same work.
        lanes: what its challenge can use, `cuda` among it where a check wants a GPU.
    """

    name: str
    challenge: str
    contents: dict[str, bytes] | None
    refusal: str | None
    key: str
    lanes: tuple[str, ...]


def listed(source: Path, challenge: str | None) -> list[Listed]:
    """Read what was handed in: the entries of a folder, or the rows of a CSV file.

    Args:
        source: a folder, in which each file or folder is a submission called like itself; or a CSV file with a heading
            and the columns `name`, `path` (relative to the file) and, unless `challenge` is given, `challenge`.
        challenge: id of the challenge for rows that name none.

    Raises:
        UsageError: for a source that is not there, empty or not well formed, or names that occur twice.
    """
    if source.is_dir():
        rows = [Listed(path.name, path, challenge or "") for path in sorted(source.iterdir()) if path.name[0] != "."]
    elif source.is_file():
        rows = list(_rows(source, challenge or ""))
    else:
        raise UsageError(f"{source}: there is no such folder of submissions, and no such list")
    if not rows:
        raise UsageError(f"{source}: no submission is in it")
    twice = [name for name, count in Counter(row.name for row in rows).items() if count > 1]
    if twice:
        raise UsageError(f"{source}: two submissions are called {twice[0]!r}; a name stands for one")
    if any(not row.challenge for row in rows):
        raise UsageError(f"{source}: say which challenge it is: --challenge ID, or a column `challenge`")
    return rows


def jobs(rows: Iterable[Listed], find: Find) -> list[Job]:
    """Read every submission; one that can't be taken is a job too, since its author has to hear of it."""
    known: dict[str, Challenge] = {}
    made = []
    for row in rows:
        challenge = known[row.challenge] = known.get(row.challenge) or find(row.challenge)
        contents, refusal = None, None
        try:
            contents = read_submission(row.path, challenge.manifest.entry.place)
        except UsageError as error:
            refusal = str(error)
        work = digest(contents) if contents is not None else f"refused {refusal}"
        key = hashlib.sha256(f"{challenge.digest} {work}".encode()).hexdigest()
        lanes = tuple(sorted({check.lane for check in challenge.manifest.checks}))
        made.append(Job(row.name, row.challenge, contents, refusal, key, lanes))
    return made


def _rows(path: Path, challenge: str) -> Iterable[Listed]:
    try:
        table = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: can't be read as UTF-8 text: {error}") from error
    columns = table.fieldnames or []
    if "path" not in columns or "name" not in columns:
        raise UsageError(f"{path}: its first line must name the columns `name` and `path`, not {', '.join(columns)}")
    for row in table:
        name, place = (row["name"] or "").strip(), (row["path"] or "").strip()
        if not name or not place or not name.isprintable() or "/" in name:
            raise UsageError(f"{path}, line {table.line_num}: a row has a name without `/`, and a path")
        yield Listed(name, path.parent / place, (row.get("challenge") or challenge).strip())
