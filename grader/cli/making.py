"""`grade new ID`: a new challenge that works before its author has changed a line."""

from __future__ import annotations

from pathlib import Path

import click

from grader.authoring.scaffold import make_challenge
from grader.challenge import find_challenges


@click.command("new", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("challenge", metavar="ID")
@click.option("--title", metavar="TEXT", help="Its title; made from the id unless given.")
@click.option("--challenges", metavar="DIR", type=click.Path(path_type=Path), help="Folder that holds the challenges.")
@click.option("--solutions", metavar="DIR", type=click.Path(path_type=Path), help="Folder that holds the solutions.")
def command(challenge: str, title: str | None, challenges: Path | None, solutions: Path | None) -> int:
    """Make the challenge ID: manifest, brief, stub, hidden tests, one right solution and two wrong ones."""
    root = find_challenges(challenges)
    for path in make_challenge(challenge, title, root, solutions or root.parent / "solutions"):
        click.echo(path)
    click.echo(f"next: grade verify {challenge}; then make it yours (docs/writing-a-challenge.md)", err=True)
    return 0
