"""The grades of one learner: every one is added, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from grader.history import record
from grader.history.database import Database, HistoryError
from grader.reports.text import deciding_reading
from grader.verdict import ExitCode, Grade


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


class History(Database):
    """The grades in an open file."""

    def add(self, grade: Grade) -> int:
        """Keep a grade, whole or not at all, and give its number."""
        row = (
            grade.challenge, grade.challenge_digest, grade.submission_sha256, grade.started.isoformat(), grade.wall_s,
            not grade.is_partial, int(grade.exit_code), grade.points_earned, grade.points_measurable,
            grade.points_total, record.to_text(grade),
        )  # fmt: skip
        with self.writing() as database:
            cursor = database.execute(
                "INSERT INTO grades (challenge, challenge_digest, submission_sha256, started, wall_s, is_complete,"
                " exit_code, points_earned, points_measurable, points_total, record) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                row,
            )
            number = int(cursor.lastrowid or 0)
            database.executemany("INSERT INTO checks VALUES (?,?,?,?,?,?,?,?,?)", _check_rows(number, grade))
        return number

    def grades(self, challenge: str | None = None) -> list[PastGrade]:
        """List the grades of one challenge, or of all, oldest first."""
        rows = self.read(
            "SELECT id, challenge, submission_sha256, started, wall_s, is_complete, exit_code, points_earned,"
            " points_measurable, points_total FROM grades WHERE ?1 IS NULL OR challenge = ?1 ORDER BY id",
            (challenge,),
        )
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
        rows = self.read(
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
        )
        return [Best(*row) for row in rows]

    def passed(self) -> set[str]:
        """Name the challenges that a complete grade has passed."""
        rows = self.read(
            "SELECT DISTINCT challenge FROM grades WHERE is_complete AND exit_code = ?", (int(ExitCode.PASSED),)
        )
        return {row[0] for row in rows}

    def last(self, challenge: str | None = None) -> Grade:
        """Give the last grade of one challenge, or of all, as it was."""
        rows = self.read(
            "SELECT id, record FROM grades WHERE ?1 IS NULL OR challenge = ?1 ORDER BY id DESC LIMIT 1",
            (challenge,),
        )
        if not rows:
            raise HistoryError(f"{self.path}: holds no grade{f' of {challenge}' if challenge else ''} yet")
        ((number, text),) = rows
        try:
            return record.from_text(text)
        except ValueError as error:
            raise HistoryError(f"{self.path}: grade {number} can't be read: {error}") from error


def _check_rows(number: int, grade: Grade) -> Iterator[tuple[object, ...]]:
    """Give a grade's checks as rows."""
    for position, check in enumerate(grade.checks):
        reading = deciding_reading(check) if check.metric else None
        value, unit = (reading.value, reading.unit) if reading else (None, None)
        yield (
            number, position, check.id, check.verdict.value, check.points, check.max_points, check.metric, value, unit,
        )  # fmt: skip
