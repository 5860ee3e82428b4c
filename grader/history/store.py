"""The history of one learner: an SQLite file to which every grade is added, and what can be asked of it.

Kept with SQLite's rollback journal, not its write-ahead log: one file, good on network file systems too, and a grade is
written in one short transaction, for which another process waits up to `BUSY_S`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from grader.history import record
from grader.history.migrations import LATEST, is_foreign, migrate, version
from grader.reports.text import deciding_reading
from grader.verdict import ExitCode, Grade
from harness.errors import UsageError

BUSY_S = 10.0
"""Seconds to wait for another process that writes."""

_MENDS = {
    "SQLITE_FULL": "the disk is full; make room",
    "SQLITE_NOTADB": "it is no SQLite file, or damaged; move it away, and the next grade starts a new one",
    "SQLITE_CORRUPT": "it is damaged; move it away, and the next grade starts a new one",
    "SQLITE_BUSY": f"another process has been writing to it for more than {BUSY_S:.0f} s; try again",
    "SQLITE_READONLY": "it may not be written to; mend its permissions, or give another one with --history PATH",
    "SQLITE_CANTOPEN": "it can't be opened; mend its permissions, or give another one with --history PATH",
    "SQLITE_IOERR": "the disk does not take it; look whether it is full, or beyond a quota",
}


class HistoryError(UsageError):
    """The history can't be read or written: names the file, the cause and the mend; never a verdict."""


@dataclass(frozen=True, slots=True)
class PastGrade:
    """One line of the history.

    Attributes:
        number: grows with every grade of this history.
        challenge: id of the challenge.
        submission_sha256: sha256, hex, over the names and contents of the submission.
        started: when it began, in UTC.
        wall_s: seconds it took.
        is_complete: whether every check was asked for.
        exit_code: how it ended.
        points_earned: points won for sure.
        points_measurable: points that could be won in that run.
        points_total: points on a machine with every lane.
    """

    number: int
    challenge: str
    submission_sha256: str
    started: datetime
    wall_s: float
    is_complete: bool
    exit_code: ExitCode
    points_earned: int
    points_measurable: int
    points_total: int


@dataclass(frozen=True, slots=True)
class Best:
    """The best that was ever reached in one check.

    Attributes:
        check: id of the check.
        points: points earned.
        max_points: points that could be earned.
        metric: name of the reading that decides; None for a check without tiers.
        value: that reading, in `unit`; None without one.
        unit: its unit.
        number: of the grade that first reached it.
    """

    check: str
    points: int
    max_points: int
    metric: str | None
    value: float | None
    unit: str | None
    number: int


def default_path() -> Path:
    """Tell where the history lies unless it is said otherwise: the folder for data of the XDG specification."""
    # Here and not above: only a command that needs the history pays for the import.
    from platformdirs import user_data_path  # noqa: PLC0415

    return user_data_path("superfast", appauthor=False) / "history.sqlite3"


class History:
    """An open history; every method raises `HistoryError` for what the file, the disk or another process does."""

    def __init__(self, path: Path) -> None:
        """Open the history at `path`; made when it is not there, and brought up to the latest version."""
        self.path = path
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
            try:
                self._open()
            except BaseException:  # a file that can't be used is not kept open
                self._database.close()
                raise

    def __enter__(self) -> History:
        """Give the history itself; leaving the context closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._database.close()

    def add(self, grade: Grade, *, is_complete: bool = True) -> int:
        """Keep a grade, whole or not at all, and give its number; `is_complete` when every check was asked for."""
        row = (
            grade.challenge, grade.challenge_digest, grade.submission_sha256, grade.started.isoformat(), grade.wall_s,
            is_complete, int(grade.exit_code), grade.points_earned, grade.points_measurable, grade.points_total,
            record.to_text(grade),
        )  # fmt: skip
        with self._told(), self._transaction():
            cursor = self._database.execute(
                "INSERT INTO grades (challenge, challenge_digest, submission_sha256, started, wall_s, is_complete,"
                " exit_code, points_earned, points_measurable, points_total, record) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                row,
            )
            number = int(cursor.lastrowid or 0)
            self._database.executemany("INSERT INTO checks VALUES (?,?,?,?,?,?,?,?,?)", _check_rows(number, grade))
        return number

    def grades(self, challenge: str | None = None) -> list[PastGrade]:
        """List the grades of one challenge, or of all, oldest first."""
        with self._told():
            rows = self._database.execute(
                "SELECT id, challenge, submission_sha256, started, wall_s, is_complete, exit_code, points_earned,"
                " points_measurable, points_total FROM grades WHERE ?1 IS NULL OR challenge = ?1 ORDER BY id",
                (challenge,),
            ).fetchall()
        return [
            PastGrade(
                row[0], row[1], row[2], datetime.fromisoformat(row[3]), row[4], bool(row[5]), ExitCode(row[6]), *row[7:]
            )
            for row in rows
        ]

    def bests(self, challenge: str) -> list[Best]:
        """Tell the best of every check, in the rubric's order, since the challenge itself last changed.

        More points are better, then a higher reading of the metric; of equals the first counts.
        """
        with self._told():
            rows = self._database.execute(
                """
                WITH latest AS (SELECT challenge_digest FROM grades WHERE challenge = ?1 ORDER BY id DESC LIMIT 1),
                ranked AS (
                    SELECT checks.*, row_number() OVER (
                        PARTITION BY checks.id ORDER BY points DESC, value DESC, grade
                    ) AS place
                    FROM checks JOIN grades ON grades.id = checks.grade
                    WHERE challenge = ?1 AND challenge_digest = (SELECT challenge_digest FROM latest)
                )
                SELECT id, points, max_points, metric, value, unit, grade FROM ranked WHERE place = 1 ORDER BY position
                """,
                (challenge,),
            ).fetchall()
        return [Best(*row) for row in rows]

    def passed(self) -> set[str]:
        """Name the challenges that a complete grade has passed."""
        with self._told():
            rows = self._database.execute(
                "SELECT DISTINCT challenge FROM grades WHERE is_complete AND exit_code = ?", (int(ExitCode.PASSED),)
            ).fetchall()
        return {row[0] for row in rows}

    def last(self, challenge: str | None = None) -> Grade:
        """Give the last grade of one challenge, or of all, as it was."""
        with self._told():
            row = self._database.execute(
                "SELECT id, record FROM grades WHERE ?1 IS NULL OR challenge = ?1 ORDER BY id DESC LIMIT 1",
                (challenge,),
            ).fetchone()
        if row is None:
            raise HistoryError(f"{self.path}: holds no grade{f' of {challenge}' if challenge else ''} yet")
        try:
            return record.from_text(row[1])
        except ValueError as error:
            raise HistoryError(f"{self.path}: grade {row[0]} can't be read: {error}") from error

    def _open(self) -> None:
        """Look what the file is, and bring it up to the latest version."""
        if is_foreign(self._database):
            raise HistoryError(f"{self.path}: is a database of something else; give another file with --history PATH")
        if version(self._database) > LATEST:
            raise HistoryError(f"{self.path}: was written by a newer superfast; update, or give another --history PATH")
        migrate(self._database)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """Write all or nothing; waits for its turn at the beginning, so that it never has to give up in the middle."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:  # whatever interrupts it (Ctrl-C too), no half a grade may stay
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite and the disk say into one message with a mend."""
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", None) or ""
            mend = next((words for start, words in _MENDS.items() if name.startswith(start)), str(error))
            raise HistoryError(f"the history {self.path}: {mend}") from error
        except OSError as error:
            raise HistoryError(f"the history {self.path}: can't be made there: {error.strerror}") from error


def _check_rows(number: int, grade: Grade) -> Iterator[tuple[object, ...]]:
    """Give a grade's checks as rows."""
    for position, check in enumerate(grade.checks):
        reading = deciding_reading(check) if check.metric else None
        value, unit = (reading.value, reading.unit) if reading else (None, None)
        yield (
            number, position, check.id, check.verdict.value, check.points, check.max_points, check.metric, value, unit,
        )  # fmt: skip
