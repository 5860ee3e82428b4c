"""The command `grade`: picks a command, and turns every way to end into one message and one exit code."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Sequence
from typing import cast

import click

from grader.cli.commands import COMMANDS

USAGE, JUDGE_ERROR, INTERRUPTED = 2, 4, 130
"""As in `grader.verdict.ExitCode`, which `grade --help` does without."""


class LazyGroup(click.Group):
    """Imports a command when it is chosen, and takes a word that is no command for the id of a challenge."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, most used first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command by its name."""
        if cmd_name not in COMMANDS:
            return None
        entry = COMMANDS[cmd_name]
        return cast("click.Command", getattr(importlib.import_module(entry.module), entry.name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take `grade ID ...` for `grade run ID ...`."""
        if args[0] in COMMANDS:
            return super().resolve_command(ctx, args)
        return "run", self.get_command(ctx, "run"), args

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands from their summaries alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


def _show_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    """Print the installed version and end."""
    if asked and not ctx.resilient_parsing:
        # Here and not above: reading metadata costs more start-up time than the rest of `grade --help`.
        from harness.device import version_of  # noqa: PLC0415

        click.echo(f"grade, of superfast {version_of('superfast') or '(run from a checkout, not installed)'}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "ignore_unknown_options": True},
    subcommand_metavar="ID [PATH] | COMMAND ...",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show it.")
def cli() -> None:
    """Grade submissions to challenges of efficient deep learning, on whatever this machine has.

    `grade ID` grades the file that the challenge asks for in the current folder; `grade run --help` lists its options.
    Exit codes: 0 passed, 1 not passed, 2 usage or manifest, 3 undecided, 4 a fault of the judge.
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; never raises for what a person, an author or a submission did."""
    try:
        return int(cli.main(args=argv, prog_name="grade", standalone_mode=False) or 0)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\ninterrupted; nothing was graded", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return USAGE
    except Exception as error:  # noqa: BLE001 - the outermost frame: whatever arrives is told and gets its exit code
        return _tell(error)


def _tell(error: Exception) -> int:
    """Tell an error that ended the program: ours in one message, one that nobody meant with its traceback."""
    # Here and not above: only a run that fails needs them.
    from grader.reports.text import visible  # noqa: PLC0415
    from harness.errors import ManifestError, SuperfastError, UsageError  # noqa: PLC0415

    if isinstance(error, UsageError | ManifestError):
        click.echo(f"grade: {visible(str(error))}", err=True)
        return USAGE
    if isinstance(error, SuperfastError):
        click.echo(f"grade: the judge could not do its work: {visible(str(error))}", err=True)
        return JUDGE_ERROR
    click.echo(visible("".join(traceback.format_exception(error))), err=True)
    click.echo("grade: this is a fault of the judge, not of your submission; the traceback above says where", err=True)
    return JUDGE_ERROR
