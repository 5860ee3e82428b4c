"""Runs the corpus and prints a table: `python -m tests.cheats [--only GLOB] [--repeat N] [--lane cuda]`."""

from __future__ import annotations

import fnmatch
import sys

import click
from rich.console import Console
from rich.table import Table

from tests.cheats.corpus import Outcome, files, gpu_files, judge


@click.command(help=__doc__)
@click.option("--only", default="*", help="Files to run, as a pattern of their names.")
@click.option("--repeat", default=1, help="How often to run all of them.", type=click.IntRange(1))
@click.option("--lane", default="cpu", type=click.Choice(["cpu", "cuda"]), help="What the attacks need.")
def main(only: str, repeat: int, lane: str) -> None:
    """Run what was asked for; the exit status is 1 when anything ended otherwise than declared."""
    console = Console()
    chosen = [path for path in (files() if lane == "cpu" else gpu_files()) if fnmatch.fnmatch(path.stem, only)]
    flips = 0
    for number in range(repeat):
        outcomes = []
        for path in chosen:
            console.print(f"{path.stem} ...", end="\r")
            outcomes.append(judge(path))
            flips += bool(outcomes[-1].differences)
            if outcomes[-1].differences:
                console.print(f"[red]{path.stem}[/red]: {'; '.join(outcomes[-1].differences)}", highlight=False)
        console.print(table(outcomes, f"run {number + 1} of {repeat}"))
    console.print(f"{len(chosen)} files, {repeat} runs, {flips} ended otherwise than declared")
    sys.exit(1 if flips else 0)


def table(outcomes: list[Outcome], title: str) -> Table:
    """Lay out one run."""
    out = Table("attack or control", "expected", "got", "seconds", title=title)
    for one in outcomes:
        got = one.got if not one.differences else f"[red]{one.got}[/red]"
        out.add_row(one.name, one.expected, got, f"{one.wall_s:.1f}")
    return out


if __name__ == "__main__":
    main()
