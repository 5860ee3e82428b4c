"""`grade release`: what learners get of a challenge, and what hosts need to grade it."""

from __future__ import annotations

from pathlib import Path

import click

from grader.authoring.host import release_grader
from grader.authoring.release import hidden_lines, release
from grader.challenge import find_challenges, open_challenge
from grader.cli.commands import COMMANDS
from grader.cli.verifying import chosen_ids


@click.command("release", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("challenge", metavar="ID", required=False)
@click.option("--all", "every", is_flag=True, help="Release every challenge.")
@click.option("--to", "folder", metavar="DIR", type=click.Path(path_type=Path), required=True, help="Where to write.")
@click.option("--grader", is_flag=True, help="Also write the host's side: zip, Dockerfile, action, runner.")
@click.option("--challenges", metavar="DIR", type=click.Path(path_type=Path), help="Folder that holds the challenges.")
@click.option("--solutions", metavar="DIR", type=click.Path(path_type=Path), help="Folder that holds the solutions.")
def command(
    challenge: str | None, every: bool, folder: Path, grader: bool, challenges: Path | None, solutions: Path | None
) -> int:
    """Write what learners get of the challenge ID, after a search for every hidden line in it."""
    root = find_challenges(challenges)
    places = solutions or root.parent / "solutions"
    known = places if places.is_dir() else None
    for name in chosen_ids(root, challenge, every):
        one = open_challenge(root, name, tuple(COMMANDS))
        written = release(one, known, folder)
        searched = sum(1 for _ in hidden_lines(one, known))
        if grader:
            written += release_grader(one, Path(__file__).parents[2], folder)
        for path in written:
            click.echo(path)
        click.echo(f"{name}: {searched} hidden lines searched for in what learners get, none found", err=True)
    return 0
