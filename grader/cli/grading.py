"""`grade ID [PATH]`: grades one submission and reports it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from grader.challenge import Challenge, find_challenges, open_challenge
from grader.cli.commands import COMMANDS
from grader.cli.console import stdout_colour, width, write_data
from grader.cli.options import challenges_option, history_option
from grader.cli.remembering import remember, remembered_workspace
from grader.judge import HERE, SEED_BYTES, Options, grade, silent
from grader.learning.workspace import find_workspace, place_of
from grader.reports import Format, find_format
from grader.reports.terminal import Style, render
from grader.reports.text import visible_line
from grader.submission import take_submission
from grader.verdict import ExitCode, Grade
from harness.errors import UsageError


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was typed; the fields are the options of the command."""

    challenge: str
    path: Path | None
    challenges: Path | None
    as_json: bool
    formats: tuple[str, ...]
    only: tuple[str, ...]
    seed: bytes | None
    require: tuple[str, ...]
    require_sandbox: bool
    trust_submission: bool
    exit_zero: bool
    times: bool
    details: bool
    quiet: bool
    history: Path | None
    no_history: bool


@dataclass(frozen=True, slots=True)
class Output:
    """One report that was asked for.

    Attributes:
        format: how to write it.
        path: where to; None for standard output.
    """

    format: Format
    path: Path | None


def _parse_seed(_: click.Context, __: click.Parameter, text: str | None) -> bytes | None:
    """Read a seed as a report prints it."""
    if text is None:
        return None
    try:
        seed = bytes.fromhex(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not hexadecimal") from error
    if len(seed) != SEED_BYTES:
        raise click.BadParameter(f"a seed has {2 * SEED_BYTES} hexadecimal digits, as a report prints it")
    return seed


@click.command("run", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("challenge", metavar="ID")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@challenges_option
@click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output; short for --format json.")
@click.option("--format", "formats", metavar="NAME[=PATH]", multiple=True, help="Report to write; can be repeated.")
@click.option(
    "--only",
    metavar="CHECK",
    multiple=True,
    help="Run this check (its id, number or beginning) and those it needs; can be repeated.",
)
@click.option("--seed", metavar="HEX", callback=_parse_seed, help="Draw the inputs of an earlier run again.")
@click.option("--require", metavar="LANE", multiple=True, help="Refuse a machine without this lane (cuda, cuda:2).")
@click.option("--require-sandbox", is_flag=True, help="Refuse to grade without bubblewrap.")
@click.option("--trust-submission", is_flag=True, help="Let speed and rules earn points without a sandbox, in CI too.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whenever the grading ran, whatever it found.")
@click.option("--times", is_flag=True, help="Show where the time went.")
@click.option("--details", is_flag=True, help="Show what was seen: tables of traffic, memory, breaks and the like.")
@click.option("--no-input", is_flag=True, expose_value=False, help="Ask nothing; this command never does.")
@click.option("--quiet", is_flag=True, help="Show no progress on standard error.")
@history_option
@click.option("--no-history", is_flag=True, help="Keep no record of this grade.")
def command(**typed: Any) -> int:
    """Grade the submission at PATH, a file or a folder, against the challenge ID.

    Without PATH it is the challenge's entry file in the current folder, or in a folder there that is called ID.
    """
    return run(Chosen(**typed))


def run(chosen: Chosen) -> int:
    """Grade, report, and say how it ended as an exit code."""
    outputs = parse_outputs(chosen.formats, chosen.as_json)
    challenge = open_challenge(find_challenges(chosen.challenges), chosen.challenge, tuple(COMMANDS))
    path = chosen.path or default_path(challenge, Path.cwd(), chosen.history)
    options = options_for(chosen, outputs, os.environ)
    surroundings = replace(HERE, progress=silent if chosen.quiet else _show_progress)
    with take_submission(path, challenge.manifest.entry.place) as submission:
        result = grade(challenge, submission, options, surroundings=surroundings)
    try:
        deliver(
            result, outputs, Style(colour=stdout_colour(), width=width(), times=chosen.times, details=chosen.details)
        )
    finally:
        if is_kept(chosen, outputs):
            remember(result, chosen.history)
    return exit_code(result, chosen.exit_zero)


def parse_outputs(formats: Sequence[str], as_json: bool) -> tuple[Output, ...]:
    """Read `--format NAME[=PATH]` and `--json`.

    Raises:
        UsageError: for an unknown name, a folder that is not there, or two reports for standard output.
    """
    outputs = []
    for text in (*formats, *(["json"] if as_json else [])):
        name, has_path, path = text.partition("=")
        if has_path and not Path(path).parent.is_dir():
            raise UsageError(f"--format {text}: there is no folder {Path(path).parent}; make it first")
        if has_path and (not path or Path(path).is_dir()):
            raise UsageError(f"--format {text}: names no file to write to")
        outputs.append(Output(find_format(name), Path(path) if has_path else None))
    if sum(output.path is None for output in outputs) > 1:
        raise UsageError("only one report can go to standard output; give the others a file: --format NAME=PATH")
    return tuple(outputs)


def default_path(challenge: Challenge, folder: Path, history: Path | None) -> Path:
    """Find the submission in `folder`, in a folder there called like the challenge, or in the remembered workspace.

    Raises:
        UsageError: that says what was looked for.
    """
    entry = challenge.manifest.entry
    workspace = find_workspace(challenge, folder, remembered_workspace(challenge.id, history))
    path = workspace and place_of(challenge, workspace)
    if path is not None:
        return path
    looked = f"./{entry.place} nor ./{challenge.id}/{entry.place}"
    raise UsageError(
        f"nothing to grade: there is neither {looked}; `grade start {challenge.id}` makes a folder to start in, "
        f"or say where it is: grade {challenge.id} PATH"
    )


def options_for(chosen: Chosen, outputs: Sequence[Output], environ: Mapping[str, str]) -> Options:
    """Decide what the judge is asked for; a submission is trusted where its own author reads the report."""
    in_ci = environ.get("CI", "").lower() not in {"", "0", "false"}
    for_host = any(output.format.for_host for output in outputs)
    return Options(
        seed=chosen.seed,
        only=chosen.only,
        sandbox="require" if chosen.require_sandbox else "auto",
        trust_submission=chosen.trust_submission or not (in_ci or for_host),
        require=chosen.require,
    )


def deliver(result: Grade, outputs: Sequence[Output], style: Style) -> None:
    """Write every report that was asked for, and the one for people unless standard output is taken.

    Raises:
        UsageError: when a report can't be made or its file not be written; the other reports are written first.
    """
    failed = []
    for output in outputs:
        try:
            data = output.format.render(result)
            if output.path is None:
                write_data(data)
                continue
            output.path.write_bytes(data.encode() if isinstance(data, str) else data)
        except UsageError as error:
            failed.append(str(error))
        except OSError as error:
            failed.append(f"{output.path or 'standard output'}: can't be written: {error.strerror}")
    if all(output.path is not None for output in outputs):
        write_data(render(result, style))
    if failed:
        raise UsageError("\n".join(failed))


def is_kept(chosen: Chosen, outputs: Sequence[Output]) -> bool:
    """Tell whether a grade goes into the history: not where a host grades for others, unless it is asked for."""
    for_host = any(output.format.for_host for output in outputs)
    return not chosen.no_history and (chosen.history is not None or not for_host)


def exit_code(result: Grade, exit_zero: bool) -> int:
    """Say how a grading ended; with `exit_zero`, 0 unless it is void."""
    ran = result.exit_code in {ExitCode.NOT_PASSED, ExitCode.UNDECIDED}
    return 0 if exit_zero and ran else int(result.exit_code)


def _show_progress(line: str) -> None:
    """Tell a person how far it is."""
    click.echo(f"  {visible_line(line)}", err=True)
