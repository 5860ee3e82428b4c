"""`grade report [ID]`: writes the page of the last grade, out of the history."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.grading import parse_outputs
from grader.cli.options import history_option
from grader.history.database import default_path
from grader.history.store import History
from grader.verdict import ExitCode
from harness.errors import UsageError


@click.command("report", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("challenge", metavar="ID", required=False)
@click.option("--to", "path", metavar="PATH", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.option("--format", "name", metavar="NAME", default="html", show_default=True, help="Report to write.")
@history_option
def command(challenge: str | None, path: Path | None, name: str, history: Path | None) -> int:
    """Write the report of the last grade, of the challenge ID if given, to a file, and say which.

    Without --to it is ID-report.NAME in the current folder.
    """
    with History(history or default_path()) as opened:
        grade = opened.last(challenge)
    target = path or Path(f"{grade.challenge}-report.{name}")
    (output,) = parse_outputs([f"{name}={target}"], as_json=False)
    data = output.format.render(grade)
    try:
        target.write_bytes(data.encode() if isinstance(data, str) else data)
    except OSError as error:
        raise UsageError(f"{target}: can't be written: {error.strerror}") from error
    click.echo(target)
    return int(ExitCode.PASSED)
