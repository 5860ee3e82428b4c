"""`grade list`: the challenges, with what they are worth and where they can be measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from grader.challenge import MANIFEST_NAME, challenge_ids, find_challenges
from grader.cli.console import write_data
from grader.cli.options import challenges_option, history_option
from grader.cli.remembering import remembered_states
from grader.manifest.load import load_manifest
from grader.manifest.schema import Manifest
from grader.reports.text import visible
from grader.verdict import ExitCode
from harness.errors import ManifestError


@click.command("list", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
@challenges_option
@history_option
def command(as_json: bool, challenges: Path | None, history: Path | None) -> int:
    """List the challenges, and how far you are with each."""
    manifests, broken = read_all(find_challenges(challenges))
    states = remembered_states(history)
    write_data(as_json_text(manifests, states) if as_json else as_table(manifests, states))
    for error in broken:
        click.echo(f"grade: {visible(str(error))}", err=True)
    return int(ExitCode.USAGE if broken else ExitCode.PASSED)


def read_all(root: Path) -> tuple[list[Manifest], list[ManifestError]]:
    """Read every manifest in `root`; one that is broken does not hide the others."""
    manifests, broken = [], []
    for name in challenge_ids(root):
        try:
            manifests.append(load_manifest(root / name / MANIFEST_NAME))
        except ManifestError as error:
            broken.append(error)
    return manifests, broken


def lanes(manifest: Manifest) -> list[str]:
    """Name the lanes of a challenge's checks, sorted."""
    return sorted({check.lane for check in manifest.checks})


def as_json_text(manifests: list[Manifest], states: Mapping[str, str]) -> str:
    """Write the list for programs."""
    rows = [
        {
            "id": manifest.id, "title": manifest.title, "points": manifest.max_points, "lanes": lanes(manifest),
            "state": states.get(manifest.id) or "open",
        }
        for manifest in manifests
    ]  # fmt: skip
    return json.dumps(rows, indent=2) + "\n"


def as_table(manifests: list[Manifest], states: Mapping[str, str]) -> str:
    """Write the list for people; by hand, since rich would take a fifth of the time that this command has."""
    if not manifests:
        return "no challenges\n"
    head = ("id", "title", "points", "lanes", "")
    rows = [
        (each.id, visible(each.title), str(each.max_points), ", ".join(lanes(each)), states.get(each.id, ""))
        for each in manifests
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(4)]
    lines = [
        f"{name:{widths[0]}}  {title:{widths[1]}}  {points:>{widths[2]}}  {where:{widths[3]}}  {state}".rstrip()
        for name, title, points, where, state in (head, *rows)
    ]
    return "\n".join(lines) + "\n"
