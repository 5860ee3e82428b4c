"""`grade batch`: grades submissions by the hundred, and starts where an earlier run stopped."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from grader.batch import local
from grader.batch.plan import Job, jobs, listed
from grader.batch.record import BROKEN, Record, Records
from grader.batch.results import write_results
from grader.batch.work import Settings
from grader.challenge import find_challenges, open_challenge
from grader.cli.commands import COMMANDS
from grader.reports.text import visible_line
from grader.verdict import ExitCode
from harness.errors import UsageError


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was typed; the fields are the options of the command."""

    source: Path
    challenge: str | None
    out: Path
    workers: int | None
    engine: str
    address: str | None
    retries: int
    challenges: Path | None
    require_sandbox: bool
    trust_submission: bool
    quiet: bool


@click.command("batch", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("source", metavar="DIR|LIST", type=click.Path(path_type=Path))
@click.option("--challenge", metavar="ID", help="Challenge of every submission whose row names none.")
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), required=True, help="Where results are kept.")
@click.option("--jobs", "workers", type=click.IntRange(1, 1024), help="Gradings side by side; a core each without.")
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", help="What runs them.")
@click.option("--address", metavar="HOST:PORT", help="Ray cluster to use, or `auto`; without, one is started here.")
@click.option("--retries", type=click.IntRange(0, 10), default=2, help="Starts more after a fault of the judge.")
@click.option("--challenges", metavar="DIR", type=click.Path(path_type=Path), help="Folder that holds the challenges.")
@click.option("--require-sandbox", is_flag=True, help="Refuse to grade without bubblewrap.")
@click.option("--trust-submission", is_flag=True, help="Let speed and rules earn points without a sandbox.")
@click.option("--quiet", is_flag=True, help="Show no progress on standard error.")
def command(**typed: Any) -> int:
    """Grade every submission of a folder, or of a CSV list with the columns name, path and challenge.

    Results are in DIR of --out: results.csv, results.jsonl and summary.html. A submission that is there already, with
    the same files and the same challenge, is not graded again.

    Exit codes: 0 every submission has its grade, 2 usage or manifest, 4 the judge failed on some.
    """
    return run(Chosen(**typed))


def run(chosen: Chosen) -> int:
    """Grade what is left of a batch, and write the results of all of it."""
    if chosen.address is not None and chosen.engine != "ray":
        raise UsageError("--address is for --engine ray")
    root = find_challenges(chosen.challenges)
    find = functools.partial(open_challenge, root, commands=tuple(COMMANDS))
    work = jobs(listed(chosen.source, chosen.challenge), find)
    records = _kept_in(chosen.out)
    known = {job.name: found for job in work if (found := records.find(job)) is not None}
    progress = _Progress(records, len(known), len(work), chosen.quiet)
    try:
        _work_off([job for job in work if job.name not in known], root, chosen, progress)
    finally:
        every = [*known.values(), *progress.found]
        for path in write_results(chosen.out, every):
            click.echo(path)
    return int(ExitCode.JUDGE_ERROR if any(one.ending == BROKEN for one in every) else ExitCode.PASSED)


class _Progress:
    """Keeps each record and tells how far the batch is."""

    def __init__(self, records: Records, done: int, total: int, quiet: bool) -> None:
        self._records, self._done, self._total, self._quiet = records, done, total, quiet
        self.found: list[Record] = []
        if done and not quiet:
            click.echo(f"  {done} of {total} are graded already", err=True)

    def __call__(self, record: Record) -> None:
        self._records.keep(record)
        self.found.append(record)
        self._done += 1
        if not self._quiet:
            points = "" if record.points is None else f", {record.points} of {record.measurable} points"
            name = visible_line(record.name)
            click.echo(f"  [{self._done}/{self._total}] {name}: {record.ending}{points}", err=True)


def _work_off(left: list[Job], root: Path, chosen: Chosen, told: _Progress) -> None:
    settings = Settings(str(root), chosen.retries, chosen.require_sandbox, chosen.trust_submission)
    workers = chosen.workers or len(os.sched_getaffinity(0))
    if not left:
        return
    if chosen.engine == "local":
        local.run(left, settings, workers, told)
        return
    from grader.batch import on_ray  # noqa: PLC0415 - Ray is an extra

    on_ray.run(left, settings, workers, told, chosen.address)


def _kept_in(out: Path) -> Records:
    try:
        return Records(out / "records")
    except OSError as error:
        raise UsageError(f"--out {out}: can't be made: {error.strerror}") from error
