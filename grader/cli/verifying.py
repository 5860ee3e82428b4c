"""`grade verify`: whether a challenge's stub and solutions get exactly what was promised for them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from grader.authoring.solutions import KINDS, STUB, Solution, find_solutions, solutions_of
from grader.authoring.verify import Status, Verified, exit_code, verify_one
from grader.challenge import Challenge, challenge_ids, find_challenges, open_challenge
from grader.cli.commands import COMMANDS
from grader.cli.console import write_data
from grader.reports.text import visible_line
from harness.errors import UsageError

_MARKS = {Status.AS_DECLARED: "ok", Status.DIFFERS: "DIFFERS", Status.NOISY: "noisy", Status.BROKEN: "BROKEN"}


@click.command("verify", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("challenge", metavar="ID", required=False)
@click.option("--all", "every", is_flag=True, help="Verify every challenge.")
@click.option("--challenges", metavar="DIR", type=click.Path(path_type=Path), help="Folder that holds the challenges.")
@click.option("--solutions", metavar="DIR", type=click.Path(path_type=Path), help="Folder that holds the solutions.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice([STUB, *KINDS]), help="Only these; can be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
@click.option("--quiet", is_flag=True, help="Show no progress on standard error.")
def command(
    challenge: str | None,
    every: bool,
    challenges: Path | None,
    solutions: Path | None,
    kinds: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> int:
    """Grade the stub and every solution of the challenge ID, and hold each against what it declares.

    Exit codes: 0 all as declared, 1 something differs, 2 usage or manifest, 3 noise left something open, 4 broken.
    """
    root = find_challenges(challenges)
    work = plan(root, find_solutions(root, solutions), chosen_ids(root, challenge, every), kinds)
    rows = []
    for number, (one, solution) in enumerate(work, start=1):
        if not quiet:
            click.echo(f"  [{number}/{len(work)}] {one.id} {visible_line(solution.name)}", err=True)
        rows.append(verify_one(one, solution))
    write_data(as_json_text(rows) if as_json else as_table(rows))
    return int(exit_code(rows))


def chosen_ids(root: Path, challenge: str | None, every: bool) -> list[str]:
    """Name the challenges that were asked for.

    Raises:
        UsageError: unless it is one of them or all.
    """
    if (challenge is None) != every:
        raise UsageError("say which challenge, or --all for every one")
    return [challenge] if challenge is not None else challenge_ids(root)


def plan(root: Path, solutions: Path, ids: Sequence[str], kinds: Sequence[str]) -> list[tuple[Challenge, Solution]]:
    """List what is to be graded."""
    found = [open_challenge(root, name, tuple(COMMANDS)) for name in ids]
    return [
        (challenge, solution)
        for challenge in found
        for solution in solutions_of(challenge, solutions)
        if not kinds or solution.kind in kinds
    ]


def as_json_text(rows: Sequence[Verified]) -> str:
    """Write the rows for programs."""
    return json.dumps([asdict(row) for row in rows], indent=2) + "\n"


def as_table(rows: Sequence[Verified]) -> str:
    """Write the rows for people, and below them what is not as it should be."""
    head = ("", "challenge", "solution", "points", "seconds")
    cells = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = [
        f"{mark:{widths[0]}}  {challenge:{widths[1]}}  {name:{widths[2]}}  {points:>{widths[3]}}  {wall:>{widths[4]}}"
        for mark, challenge, name, points, wall in cells
    ]
    for row in rows:
        if row.remarks:
            lines += ["", f"{row.challenge} {visible_line(row.solution)}: {row.status}"]
            lines += [f"  {visible_line(remark)}" for remark in row.remarks]
    good = sum(row.status is Status.AS_DECLARED for row in rows)
    total_s = sum(row.wall_s for row in rows)
    return "\n".join([*lines, "", f"{good} of {len(rows)} as declared, {total_s:.0f} s of grading"]) + "\n"


def _cells(row: Verified) -> tuple[str, ...]:
    """Write one row's cells."""
    points = "-" if row.points is None else f"{row.points}/{row.measurable}"
    return _MARKS[row.status], row.challenge, visible_line(row.solution), points, f"{row.wall_s:.1f}"
