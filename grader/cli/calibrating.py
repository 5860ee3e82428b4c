"""`grade calibrate`: measures solutions on this machine and proposes thresholds for its class."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from grader.authoring.calibrate import (
    KINDS,
    Advice,
    Measured,
    Proposal,
    device_class,
    measurements,
    proposals,
)
from grader.authoring.solutions import Solution, find_solutions, solutions_of
from grader.challenge import Challenge, find_challenges, open_challenge
from grader.cli.commands import COMMANDS
from grader.judge import HERE, Options, grade
from grader.reports.text import visible_line
from grader.submission import take_submission
from grader.verdict import ExitCode, Grade
from harness.device import Machine
from harness.errors import UsageError

FORMAT = "superfast/calibration/v1"


@click.command("calibrate", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("challenge_id", metavar="ID")
@click.option("--repeat", type=click.IntRange(2, 20), default=3, help="Gradings of each solution.")
@click.option("--challenges", metavar="DIR", type=click.Path(path_type=Path), help="Folder that holds the challenges.")
@click.option("--solutions", metavar="DIR", type=click.Path(path_type=Path), help="Folder that holds the solutions.")
@click.option("--dry-run", is_flag=True, help="Write no file.")
def command(
    challenge_id: str, repeat: int, challenges: Path | None, solutions: Path | None, dry_run: bool
) -> int:  # fmt: skip
    """Grade the accepted and the slow solutions of ID a few times, and say which thresholds stand on this machine.

    What was measured and what is proposed is kept in calibration/ of the challenge's folder, in a file for this class
    of machine. The manifest is left as it is.

    Exit codes: 0 every threshold stands or has a proposal, 2 usage or manifest, 3 too noisy for some.
    """
    root = find_challenges(challenges)
    challenge = open_challenge(root, challenge_id, tuple(COMMANDS))
    found = [one for one in solutions_of(challenge, find_solutions(root, solutions)) if one.kind in KINDS]
    if not found:
        raise UsageError(f"{challenge_id}: there is no solution of the kinds {', '.join(KINDS)} to measure")
    machine = HERE.machine()
    seen = measurements(challenge.manifest, grades_of(challenge, found, repeat, machine))
    advice = proposals(challenge.manifest, seen)
    click.echo(as_table(advice), nl=False)
    if not dry_run:
        click.echo(keep(challenge, machine, repeat, seen, advice))
    return int(ExitCode.UNDECIDED if any(one.advice is Advice.TOO_NOISY for one in advice) else ExitCode.PASSED)


def grades_of(
    challenge: Challenge, found: Sequence[Solution], repeat: int, machine: Machine
) -> Mapping[str, Sequence[Grade]]:  # fmt: skip
    """Grade every solution so many times, turn by turn, so that a change of the machine's mood meets all of them."""
    timed = [check for check in challenge.manifest.checks if check.threshold is not None]
    only = tuple(check.id for check in timed if check.lane in machine.lanes)
    if not only:
        raise UsageError(f"{challenge.id}: no check with a threshold can be measured on this machine")
    grades: dict[str, list[Grade]] = {one.name: [] for one in found}
    for number in range(1, repeat + 1):
        for one in found:
            click.echo(f"  [{number}/{repeat}] {visible_line(one.name)}", err=True)
            with take_submission(one.path, challenge.manifest.entry.place) as submission:
                grades[one.name].append(grade(challenge, submission, Options(only=only)))
    return grades


def as_table(advice: Sequence[Proposal]) -> str:
    """Write what is said of every tier."""
    lines = []
    for one in advice:
        proposed = "" if one.proposed is None or one.advice is Advice.STANDS else f" to {one.proposed:g}"
        lines.append(f"{one.check}, {one.tier} (reach {one.reach:g}): {one.advice}{proposed}")
        lines.append(f"    {visible_line(one.why)}")
        if one.advice in {Advice.STANDS, Advice.MOVE}:
            high = f"{one.high:.3g}" if math.isfinite(one.high) else "any"
            lines.append(f"    room from {one.low:.3g} to {high}, noise {one.noise:.1%}")
    return "\n".join(lines) + "\n"


def keep(
    challenge: Challenge, machine: Machine, repeat: int, seen: Sequence[Measured], advice: Sequence[Proposal]
) -> Path:  # fmt: skip
    """Write the file of this class of machine, in the place of an older one; gives its path."""
    folder = challenge.folder / "calibration"
    path = folder / f"{device_class(machine)}.json"
    document = {
        "format": FORMAT,
        "challenge": challenge.id,
        "challenge_digest": challenge.digest,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {**asdict(machine), "lanes": sorted(machine.lanes)},
        "runs_each": repeat,
        "readings": [asdict(one) for one in seen],
        "proposals": [_finite(asdict(one)) for one in advice],
    }
    try:
        folder.mkdir(exist_ok=True)
        path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: can't be written: {error.strerror}") from error
    return path


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in values.items()
    }
