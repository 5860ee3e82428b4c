"""What came of one job, kept in a file of its own the moment it is known, so that nothing is lost with a process."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.batch.plan import Job

FORMAT = "superfast/batch/v1"

REFUSED, BROKEN = "refused", "broken"
"""Endings without a grade: it can't be taken as a submission; or the judge could not do its work, again and again."""


@dataclass(frozen=True, slots=True)
class Record:
    """The end of one job.

    Attributes:
        name: of the submission.
        challenge: id of its challenge.
        key: that of the job.
        ending: `passed`, `not passed`, `undecided`, `refused` or `broken`.
        points: points earned; None without a grade.
        measurable: points that could be measured where it was graded; None without a grade.
        attempts: how often it was started.
        wall_s: seconds of the last attempt.
        message: in one line why there is no grade, or which checks failed and why.
        grade: the grade as `superfast/grade/v1`; None without one.
    """

    name: str
    challenge: str
    key: str
    ending: str
    points: int | None
    measurable: int | None
    attempts: int
    wall_s: float
    message: str
    grade: Mapping[str, Any] | None


def refused(job: Job) -> Record:
    """Give the record of what can't be taken."""
    return Record(job.name, job.challenge, job.key, REFUSED, None, None, 0, 0.0, str(job.refusal), None)


def broken(job: Job, attempts: int, wall_s: float, message: str) -> Record:
    """Give the record of a job whose judge failed; no fault of the learner's."""
    return Record(job.name, job.challenge, job.key, BROKEN, None, None, attempts, wall_s, message, None)


def graded(job: Job, attempts: int, wall_s: float, ending: str, grade: Mapping[str, Any]) -> Record:
    """Give the record of a grade."""
    failed = [check for check in grade["checks"] if check["verdict"] == "failed"]
    message = "; ".join(f"{check['id']}: {check['cause']}" for check in failed)
    earned, measurable = grade["points_earned"], grade["points_measurable"]
    return Record(job.name, job.challenge, job.key, ending, earned, measurable, attempts, wall_s, message, grade)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that whoever reads it, or stops this process, finds the old one or the new one."""
    half = path.with_name(f"{path.name}.{os.getpid()}.half")
    half.write_text(text, encoding="utf-8")
    half.replace(path)


class Records:
    """The folder of records of one batch."""

    def __init__(self, folder: Path) -> None:
        """Make the folder if it is not there."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def find(self, job: Job) -> Record | None:
        """Give what an earlier run found for the same work; nothing where the judge had failed."""
        try:
            document = json.loads(self._place(job.name).read_text(encoding="utf-8"))
            found = Record(**{name: document[name] for name in Record.__dataclass_fields__})
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found if found.key == job.key and found.ending != BROKEN else None

    def keep(self, record: Record) -> None:
        """Write a record whole or not at all."""
        write_whole(self._place(record.name), json.dumps({"format": FORMAT, **asdict(record)}))

    def _place(self, name: str) -> Path:
        """Name the file of a submission; by hash, since a name may hold what no file system takes."""
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.json"
