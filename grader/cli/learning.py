"""The commands that lead through a challenge: start, next, hint, reset, solution, brief."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from grader.authoring.solutions import find_solutions
from grader.challenge import Challenge, challenge_ids, find_challenges, open_challenge
from grader.cli.commands import COMMANDS
from grader.cli.console import stdout_colour, width, write_data
from grader.cli.options import challenges_option, history_option
from grader.history.database import default_path
from grader.history.store import History
from grader.learning.progress import Progress, next_unfinished
from grader.learning.workspace import (
    back_up,
    find_workspace,
    in_the_way,
    place_of,
    start_files,
    stub_files,
    write_files,
)
from grader.meant import asked_checks
from grader.reports.text import visible
from harness.errors import UsageError

_SETTINGS = {"help_option_names": ["-h", "--help"]}


@click.command("start", context_settings=_SETTINGS)
@click.argument("challenge", metavar="ID")
@click.option("--to", "folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Where to work.")
@click.option("--no-input", is_flag=True, help="Ask nothing; refuse to overwrite a file.")
@challenges_option
@history_option
def start(challenge: str, folder: Path | None, no_input: bool, challenges: Path | None, history: Path | None) -> int:
    """Begin the challenge ID: its stub and its brief in DIR, or in a folder here that is called like it."""
    found = open_challenge(find_challenges(challenges), challenge, tuple(COMMANDS))
    with History(history or default_path()) as opened:
        begin(found, folder or Path(challenge), Progress(opened), may_ask=not no_input and sys.stdin.isatty())
    return 0


@click.command("next", context_settings=_SETTINGS)
@click.option("--no-input", is_flag=True, expose_value=False, help="Ask nothing; this command never does.")
@challenges_option
@history_option
def next_command(challenges: Path | None, history: Path | None) -> int:
    """Go on to the next challenge that is not passed yet; the one at hand may stay unfinished."""
    root = find_challenges(challenges)
    with History(history or default_path()) as opened:
        progress = Progress(opened)
        name = next_unfinished(challenge_ids(root), progress.states(), progress.current())
        if name is None:
            click.echo("there is no other challenge left that is not passed", err=True)
            return 0
        found = open_challenge(root, name, tuple(COMMANDS))
        go_to(found, progress)
    return 0


@click.command("hint", context_settings=_SETTINGS)
@click.argument("challenge", metavar="ID")
@click.argument("check", metavar="CHECK", required=False)
@challenges_option
@history_option
def hint(challenge: str, check: str | None, challenges: Path | None, history: Path | None) -> int:
    """Show one more hint on the challenge ID each time, or on its CHECK (an id, a number, or how an id begins)."""
    found = open_challenge(find_challenges(challenges), challenge, tuple(COMMANDS))
    check = one_check(found, check) if check else None
    hints = hints_of(found, check)
    if not hints:
        other = (
            f"`grade hint {challenge}` has some on the whole" if check and found.manifest.hints else "read the brief"
        )
        click.echo(f"{challenge} has no hint{f' on {check}' if check else ''}; {other}", err=True)
        return 0
    with History(history or default_path()) as opened:
        shown = Progress(opened).reveal_hint(challenge, check or "", len(hints))
    write_data(hint_text(hints, shown))
    return 0


@click.command("reset", context_settings=_SETTINGS)
@click.argument("challenge", metavar="ID")
@challenges_option
@history_option
def reset(challenge: str, challenges: Path | None, history: Path | None) -> int:
    """Go back to the stub of the challenge ID; what was there is kept in a backup."""
    found = open_challenge(find_challenges(challenges), challenge, tuple(COMMANDS))
    with History(history or default_path()) as opened:
        folder = find_workspace(found, Path.cwd(), Progress(opened).workspace(challenge))
    if folder is None:
        raise UsageError(f"there is no submission to {challenge} here; grade start {challenge} makes one")
    click.echo(restore(found, folder))
    return 0


@click.command("solution", context_settings=_SETTINGS)
@click.argument("challenge", metavar="ID")
@click.option("--spoil", is_flag=True, help="Show it although the challenge is not passed yet.")
@click.option("--solutions", metavar="DIR", type=click.Path(path_type=Path), help="Folder that holds the solutions.")
@challenges_option
@history_option
def solution(challenge: str, spoil: bool, solutions: Path | None, challenges: Path | None, history: Path | None) -> int:
    """Show the reference solution of the challenge ID, once it is passed."""
    root = find_challenges(challenges)
    found = open_challenge(root, challenge, tuple(COMMANDS))
    if not spoil:
        with History(history or default_path()) as opened:
            if challenge not in opened.passed():
                raise UsageError(f"{challenge} is not passed yet; grade hint {challenge} helps, and --spoil shows it")
    write_data(solution_text(found, find_solutions(root, solutions)))
    return 0


@click.command("brief", context_settings=_SETTINGS)
@click.argument("challenge", metavar="ID")
@challenges_option
def brief(challenge: str, challenges: Path | None) -> int:
    """Show the task of the challenge ID: rules, limits, how it is scored."""
    found = open_challenge(find_challenges(challenges), challenge, tuple(COMMANDS))
    write_data(brief_text(found, for_people=sys.stdout.isatty()))
    return 0


def begin(challenge: Challenge, folder: Path, progress: Progress, *, may_ask: bool) -> None:
    """Make a workspace and remember it; a file that is there and differs is only replaced after a yes.

    Raises:
        UsageError: when such a file is there and nobody can be asked, or nothing can be written.
    """
    files = start_files(challenge)
    differing = in_the_way(folder, files)
    if differing and not may_ask:
        mend = f"grade reset {challenge.id} goes back to the stub and keeps a backup; --to DIR starts elsewhere"
        raise UsageError(f"{folder}: {', '.join(differing)} would be overwritten; {mend}")
    kept = {name for name in differing if not click.confirm(f"overwrite {folder / name}?", err=True)}
    write_files(folder, {name: content for name, content in files.items() if name not in kept})
    progress.open_workspace(challenge.id, folder, datetime.now(UTC))
    click.echo(place_of(challenge, folder))
    click.echo(f"next: grade watch {challenge.id}; grade brief {challenge.id} shows the task", err=True)


def go_to(challenge: Challenge, progress: Progress) -> Path:
    """Make a challenge the one at hand, with a workspace if it has none; gives the workspace."""
    folder = find_workspace(challenge, Path.cwd(), progress.workspace(challenge.id))
    if folder is None:
        folder = progress.workspace(challenge.id) or Path(challenge.id)
        begin(challenge, folder, progress, may_ask=False)
    else:
        progress.open_workspace(challenge.id, folder, datetime.now(UTC))
        click.echo(place_of(challenge, folder))
    return folder


def hints_of(challenge: Challenge, check: str | None) -> tuple[str, ...]:
    """Give the hints on a challenge, or on the one of its checks whose id is given."""
    if check is None:
        return challenge.manifest.hints
    own = next(one for one in challenge.manifest.checks if one.id == check)
    return own.hints or ((own.hint,) if own.hint else ())


def one_check(challenge: Challenge, word: str) -> str:
    """Give the id of the one check that a person means.

    Raises:
        UsageError: when it is none, or several.
    """
    found = asked_checks(challenge.manifest, (word,))
    if len(found) > 1:
        raise UsageError(f"{word!r} may mean {', '.join(found)}; say which one")
    return found[0]


def hint_text(hints: tuple[str, ...], shown: int) -> str:
    """Write the hints that are shown so far, and how many are left."""
    lines = [f"hint {number} of {len(hints)}: {visible(text.strip())}\n" for number, text in enumerate(hints, 1)]
    return "\n".join(lines[:shown])


def restore(challenge: Challenge, folder: Path) -> str:
    """Put the stub's files back into a workspace, and say where the old ones are."""
    files = stub_files(challenge)
    differing = in_the_way(folder, files)
    backup = back_up(folder, differing, datetime.now(UTC))
    write_files(folder, files)
    if backup is None:
        return f"{folder}: is as it was at the start"
    return f"{folder}: back at the stub; {', '.join(differing)} kept in {backup}"


def solution_text(challenge: Challenge, solutions: Path) -> str:
    """Write the files of the reference solution, each under its name; raises UsageError where none is shipped."""
    folder = solutions / challenge.id / "full_marks"
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    if not paths:
        raise UsageError(f"no reference solution of {challenge.id} comes with these challenges ({folder})")
    parts = [f"==> {path.relative_to(folder)} <==\n{path.read_text(encoding='utf-8')}" for path in paths]
    return "\n".join(parts)


def brief_text(challenge: Challenge, *, for_people: bool) -> str:
    """Write the brief: set for a terminal, or as the Markdown that it is."""
    text = challenge.brief.read_text(encoding="utf-8")
    if not for_people:
        return text
    # Here and not above: only this command sets Markdown.
    from rich.markdown import Markdown  # noqa: PLC0415

    from grader.reports.terminal import Style, to_text  # noqa: PLC0415

    return to_text([Markdown(text)], Style(colour=stdout_colour(), width=width()))
