"""`grade history [ID]`: what was graded before, how it went, and the best of every check."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from grader.cli.console import width, write_data
from grader.cli.options import history_option
from grader.history.database import default_path
from grader.history.plot import bars
from grader.history.store import Best, History, PastGrade
from grader.reports.text import visible
from grader.verdict import ExitCode

SHOWN = 20
"""Grades that are listed; the plot and the JSON show more."""

ROOM_FOR_SECONDS = 72
"""Columns below which the list leaves out how long each grade took."""

ENDINGS = {
    ExitCode.PASSED: "passed",
    ExitCode.NOT_PASSED: "not passed",
    ExitCode.USAGE: "void",
    ExitCode.UNDECIDED: "undecided",
    ExitCode.JUDGE_ERROR: "void",
}


@click.command("history", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("challenge", metavar="ID", required=False)
@click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
@history_option
def command(challenge: str | None, as_json: bool, history: Path | None) -> int:
    """Show the grades of the challenge ID with the best of every check, or one line for each challenge."""
    with History(history or default_path()) as opened:
        grades = opened.grades(challenge)
        bests = opened.bests(challenge) if challenge else []
    if as_json:
        write_data(as_json_text(grades, bests))
    elif challenge:
        write_data(one_challenge(challenge, grades, bests, width(), sys.stdout.encoding or "ascii"))
    else:
        write_data(all_challenges(grades, width(), sys.stdout.encoding or "ascii"))
    return int(ExitCode.PASSED)


def as_json_text(grades: Sequence[PastGrade], bests: Sequence[Best]) -> str:
    """Write what was found for programs."""
    rows = [
        {
            "number": grade.number, "challenge": grade.challenge, "submission_sha256": grade.submission_sha256,
            "started": grade.started.isoformat(), "wall_s": grade.wall_s, "is_complete": grade.is_complete,
            "ending": ENDINGS[grade.exit_code], "points_earned": grade.points_earned,
            "points_measurable": grade.points_measurable, "points_total": grade.points_total,
        }
        for grade in grades
    ]  # fmt: skip
    best_rows = [
        {
            "check": best.check, "points": best.points, "max_points": best.max_points, "metric": best.metric,
            "value": best.value, "unit": best.unit, "grade": best.number,
        }
        for best in bests
    ]  # fmt: skip
    return json.dumps({"grades": rows, "bests": best_rows}, indent=2) + "\n"


def all_challenges(grades: Sequence[PastGrade], columns: int, encoding: str) -> str:
    """Write one line a challenge: how often it was graded, the most points, and how points grew."""
    if not grades:
        return "no grades yet\n"
    by_challenge: dict[str, list[PastGrade]] = {}
    for grade in grades:
        by_challenge.setdefault(grade.challenge, []).append(grade)
    rows = [("challenge", "grades", "best", "last", "")]
    for name, own in by_challenge.items():
        best = max(own, key=lambda grade: grade.points_earned)
        points = f"{best.points_earned} of {best.points_total}"
        rows.append((visible(name), str(len(own)), points, ENDINGS[own[-1].exit_code], ""))
    room = columns - sum(max(len(row[column]) for row in rows) + 2 for column in range(4))
    plots = ["points", *(_plot(own, room, encoding) for own in by_challenge.values())]
    return _aligned([(*row[:4], plot) for row, plot in zip(rows, plots, strict=True)])


def one_challenge(
    challenge: str, grades: Sequence[PastGrade], bests: Sequence[Best], columns: int, encoding: str
) -> str:
    """Write the last grades of a challenge, newest last, how points grew, and the best of every check."""
    if not grades:
        return f"no grades of {visible(challenge)} yet\n"
    head = ("grade", "when (UTC)", "ending", "points", "seconds", "submission")
    rows = [head, *(_cells(grade) for grade in grades[-SHOWN:])]
    shown = rows if columns >= ROOM_FOR_SECONDS else [(*row[:4], *row[5:]) for row in rows]
    lines = [_aligned(shown)]
    if len(grades) > SHOWN:
        lines.append(f"{len(grades) - SHOWN} older ones are in --json\n")
    if any(not grade.is_complete for grade in grades[-SHOWN:]):
        lines.append("* some of the checks only (--only)\n")
    whole = [grade for grade in grades if grade.is_complete]
    label = f"points, 0 to {max(grade.points_total for grade in grades)}: "
    if whole:
        lines.append(f"\n{label}{_plot(whole, columns - len(label), encoding)}\n")
    lines.append("\n" + _aligned([("best of", "points", "figure", "in grade"), *map(_best_cells, bests)]))
    return "".join(lines)


def _plot(grades: Sequence[PastGrade], most: int, encoding: str) -> str:
    """Draw the points of grades as bars."""
    top = max(grade.points_total for grade in grades)
    return bars([grade.points_earned for grade in grades], top, max(most, 1), encoding)


def _cells(grade: PastGrade) -> tuple[str, ...]:
    """Write one grade's cells."""
    points = f"{grade.points_earned} of {grade.points_measurable}{'' if grade.is_complete else ' *'}"
    when = grade.started.strftime("%Y-%m-%d %H:%M")
    ending, sha = ENDINGS[grade.exit_code], grade.submission_sha256[:8]
    return str(grade.number), when, ending, points, f"{grade.wall_s:.1f}", sha


def _best_cells(best: Best) -> tuple[str, ...]:
    """Write one best's cells."""
    figure = "" if best.value is None else f"{visible(best.metric or '')} {best.value:.4g} {best.unit or ''}".rstrip()
    return visible(best.check), f"{best.points} of {best.max_points}", figure, str(best.number)


def _aligned(rows: Sequence[tuple[str, ...]]) -> str:
    """Write rows in columns; by hand, since rich would take most of the time that this command has."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(f"{cell:{size}}" for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines) + "\n"
