"""`grade lint`: a challenge held against the numbered rules of its craft."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from grader.authoring.lint import Remark, lint
from grader.authoring.mutants import can_mutate, lint_by_running
from grader.authoring.solutions import Solution, find_solutions
from grader.authoring.verify import grade_here
from grader.challenge import Challenge, find_challenges, open_challenge
from grader.cli.commands import COMMANDS
from grader.cli.console import write_data
from grader.cli.verifying import chosen_ids
from grader.reports.text import visible_line
from grader.verdict import ExitCode


@click.command("lint", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("challenge", metavar="ID", required=False)
@click.option("--all", "every", is_flag=True, help="Lint every challenge.")
@click.option("--run", "by_running", is_flag=True, help="Also grade broken copies of full_marks; takes minutes.")
@click.option("--challenges", metavar="DIR", type=click.Path(path_type=Path), help="Folder that holds the challenges.")
@click.option("--solutions", metavar="DIR", type=click.Path(path_type=Path), help="Folder that holds the solutions.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
def command(
    challenge: str | None, every: bool, by_running: bool, challenges: Path | None, solutions: Path | None, as_json: bool
) -> int:
    """Hold the challenge ID against the rules of docs/lint.md.

    Exit codes: 0 nothing found, 1 something found, 2 usage or manifest.
    """
    root = find_challenges(challenges)
    found: list[tuple[str, Remark]] = []
    for name in chosen_ids(root, challenge, every):
        one = open_challenge(root, name, tuple(COMMANDS))
        found += [(name, remark) for remark in lint(one)]
        if by_running:
            found += [(name, remark) for remark in _by_running(one, find_solutions(root, solutions))]
    if as_json:
        write_data(json.dumps([{"challenge": name, **asdict(remark)} for name, remark in found], indent=2) + "\n")
    else:
        lines = [f"{name}/{one.place}: {one.rule} {visible_line(one.text)}\n" for name, one in found]
        write_data("".join(lines) or "nothing found\n")
    return int(ExitCode.NOT_PASSED if found else ExitCode.PASSED)


def _by_running(challenge: Challenge, solutions: Path) -> Iterator[Remark]:
    """Grade the mutants of a challenge, where it has one function to wrap."""
    if not can_mutate(challenge):
        click.echo(f"  {challenge.id}: called by a driver, so --run has no function to wrap", err=True)
        return
    with tempfile.TemporaryDirectory(prefix="superfast-lint-") as folder:
        yield from lint_by_running(
            challenge,
            solutions / challenge.id / "full_marks",
            Path(folder),
            lambda made: grade_here(challenge, Solution("mutant", made, None)),
        )
