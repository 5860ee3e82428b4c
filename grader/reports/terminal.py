"""A grade for a person at a terminal: one table, each failure explained, meaning never by colour alone."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from grader.advice import ADVICE
from grader.reports.details import details
from grader.reports.text import bounded, deciding_reading, figure, points_line, visible, visible_line
from grader.verdict import CheckResult, ExitCode, Grade
from harness.device import Machine
from harness.outcomes import Failure, Verdict

OUTPUT_LINES = 40
"""Lines of a submission's output, or of its traceback, that are shown."""

OUTPUT_CHARS = 8000
"""Characters of it that are shown."""

_COLOURS = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "red",
    Verdict.UNDECIDED: "yellow",
    Verdict.NOT_MEASURED: "dim",
    Verdict.SKIPPED: "dim",
    Verdict.JUDGE_ERROR: "magenta",
    Verdict.MANIFEST_ERROR: "magenta",
}

_ENDINGS = {
    ExitCode.PASSED: ("passed", "green"),
    ExitCode.NOT_PASSED: ("not passed", "red"),
    ExitCode.USAGE: ("void: the challenge is at fault, not the submission", "magenta"),
    ExitCode.UNDECIDED: ("undecided: another run, on a quieter machine, may pass", "yellow"),
    ExitCode.JUDGE_ERROR: ("void: the judge is at fault, not the submission", "magenta"),
}


@dataclass(frozen=True, slots=True)
class Style:
    """How to write.

    Attributes:
        colour: whether to use ANSI colours.
        width: columns.
        times: whether to show where the time went.
        details: whether to show the findings of the checks.
    """

    colour: bool = False
    width: int = 100
    times: bool = False
    details: bool = False


def render(grade: Grade, style: Style = Style()) -> str:
    """Write a grade as text; whatever a submission wrote is escaped."""
    return to_text(_parts(grade, style), style)


def to_text(parts: Iterable[RenderableType], style: Style) -> str:
    """Write tables and texts below each other, without trailing blanks; never asks the environment for anything."""
    console = Console(
        file=io.StringIO(),
        force_terminal=style.colour,
        color_system="standard" if style.colour else None,
        no_color=not style.colour,
        width=style.width,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def _parts(grade: Grade, style: Style) -> Iterator[RenderableType]:
    """List what is shown, from top to bottom."""
    yield _header(grade)
    yield _checks(_asked(grade))
    for check in grade.checks:
        if check.failure is not None:
            yield from _failure(check, check.failure)
    yield from _reasons(grade)
    if style.details:
        yield from details(grade, style.width)
    if style.times:
        yield _times(grade)
    yield _ending(grade)


def _asked(grade: Grade) -> list[CheckResult]:
    """List the rows of a grade, less those that a run of some checks left out."""
    if not grade.is_partial:
        return list(grade.checks)
    return [check for check in grade.checks if check.id in grade.only or check.verdict is not Verdict.NOT_MEASURED]


def _header(grade: Grade) -> RenderableType:
    """Say what was graded, on what, and how well it was kept apart."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("challenge", f"{grade.challenge}: {visible_line(grade.title)}")
    table.add_row("submission", f"{_files(grade.submission_files)} (sha256 {grade.submission_sha256[:12]})")
    table.add_row("machine", _machine(grade.machine))
    note = f": {visible_line(grade.isolation_note)}" if grade.isolation_note else ""
    table.add_row("isolation", f"{grade.isolation}{note} (guests stopped by {grade.freezer})")
    return table


def _files(names: tuple[str, ...]) -> str:
    """Name the files of a submission, the first few of many."""
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return visible_line(", ".join(names[:4])) + more


def _machine(machine: Machine) -> str:
    """Describe a machine in one line."""
    gpus = f"{', '.join(machine.gpus)} (driver {machine.driver})" if machine.gpus else "no GPU"
    cores = f"{machine.cores} core{'s' if machine.cores != 1 else ''}"
    versions = f"torch {machine.torch or 'none'}, triton {machine.triton or 'none'}, Python {machine.python}"
    return f"{machine.cpu}, {cores}; {gpus}; {versions}"


def _checks(checks: Iterable[CheckResult]) -> RenderableType:
    """Show one row a check."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("verdict", no_wrap=True)
    table.add_column("check", overflow="fold", ratio=1)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("lane", no_wrap=True)
    table.add_column("figure [95 %]", overflow="fold")
    table.add_column("tier", overflow="fold")
    for check in checks:
        verdict = Text(check.verdict.replace("_", " "), style=_COLOURS[check.verdict])
        title = Text.assemble(
            (check.id, "bold"), " (required)" if check.required else "", "\n", visible_line(check.title)
        )
        reading = deciding_reading(check)
        points = f"{check.points} of {check.max_points}"
        table.add_row(
            verdict, title, points, check.lane, visible_line(figure(reading)) if reading else "", _tier(check)
        )
    return table


def _tier(check: CheckResult) -> str:
    """Name the tier that was reached and the one that comes next."""
    if check.metric is None or check.verdict in {Verdict.NOT_MEASURED, Verdict.SKIPPED}:
        return ""
    reached = visible_line(check.tier_reached.name) if check.tier_reached else "none yet"
    if check.next_tier is None:
        return f"{reached} (the top)"
    return f"{reached}\nnext: {visible_line(check.next_tier.name)} ({check.next_tier.reach:g})"


def _failure(check: CheckResult, failure: Failure) -> Iterator[RenderableType]:
    """Tell all that a learner may know of one failure."""
    yield Text.assemble((f"{check.id} failed", "bold red"), f": {failure.cause}")
    yield Padding(Text(visible(failure.message)), (0, 0, 0, 2))
    yield Padding(Text(ADVICE[failure.cause], style="italic"), (0, 0, 0, 2))
    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    index = None if failure.index is None else f"[{', '.join(map(str, failure.index))}]"
    for name, value in (
        ("expected", failure.expected),
        ("actual", failure.actual),
        ("first differs at", index),
        ("shape", failure.shape),
        ("replay with", failure.seed and f"--seed {failure.seed} --only {check.id}"),
        ("witness", check.evidence),
        ("hint", check.hint),
    ):
        if value:
            facts.add_row(name, Text(visible(value)))
    yield Padding(facts, (0, 0, 0, 2))
    for title, text in (("traceback", failure.trace), ("what the submission printed", failure.output)):
        if text:
            yield Padding(Panel(Text(bounded(visible(text), OUTPUT_LINES, OUTPUT_CHARS)), title=title), (0, 0, 0, 2))
    yield Text("")


def _reasons(grade: Grade) -> Iterator[RenderableType]:
    """Say why checks are neither passed nor failed, once for all that share a reason."""
    alike: dict[tuple[Verdict, str], list[str]] = {}
    for check in _asked(grade):
        if check.reason is not None:
            alike.setdefault((check.verdict, check.reason), []).append(check.id)
    for (verdict, reason), ids in alike.items():
        head = f"{', '.join(ids)} {verdict.replace('_', ' ')}"
        yield Text.assemble((head, f"bold {_COLOURS[verdict]}"), f": {visible(reason)}")


def _times(grade: Grade) -> RenderableType:
    """Show where the time went, and what is not accounted for."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("where the time went")
    table.add_column("seconds", justify="right")
    for span in grade.spans:
        table.add_row(Text(visible_line(span.name)), f"{span.wall_s:.2f}")
    rest_s = grade.wall_s - sum(span.wall_s for span in grade.spans)
    if rest_s >= 0:
        table.add_row("the rest", f"{rest_s:.2f}")
    table.add_row("in all", f"{grade.wall_s:.2f}")
    return table


def _ending(grade: Grade) -> RenderableType:
    """Say how it ended and how to play it again."""
    words, colour = _ENDINGS[grade.exit_code]
    lines = [
        Text.assemble(
            "\n", (words, f"bold {colour}"), f" ({points_line(grade)}; a pass takes {100 * grade.pass_mark:g} %)"
        )
    ]
    unmeasured = [check.id for check in grade.checks if check.required and not check.measurable]
    if unmeasured:
        lines.append(Text(f"required but not measured here: {', '.join(unmeasured)}"))
    lines.append(Text(f"took {grade.wall_s:.1f} s; replay with --seed {grade.seed}", style="dim"))
    return Text("\n").join(lines)
