"""A grade as JSON, `superfast/grade/v1`; `grade_v1.schema.json` is made from the typed dictionaries below.

A key with `NotRequired` is left out when there is nothing to say; every other key is always there, null where the
machine has no such thing. A change of meaning or the loss of a key makes it v2; new keys may come within v1.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from grader.verdict import CheckResult, Grade
from harness.findings import Cell, Finding
from harness.outcomes import Verdict
from harness.readings import Cause, Reading, Witness

SCHEMA_FILE = Path(__file__).with_name("grade_v1.schema.json")
"""The JSON Schema that ships with the package."""


class ChallengeV1(TypedDict):
    """Which challenge, and which version of it."""

    id: str
    format: int
    digest: str


class SubmissionV1(TypedDict):
    """What was handed in."""

    sha256: str
    files: list[str]


class MachineV1(TypedDict):
    """What it ran on, and how well guests were kept apart in this run."""

    lanes: list[str]
    cpu: str
    gpu: list[str]
    driver: str | None
    torch: str | None
    triton: str | None
    python: str
    isolation: str


class ReadingV1(TypedDict):
    """One measured fact; `low` and `high` are the ends of its 95 % interval."""

    name: str
    value: float
    unit: str
    witness: Witness
    low: NotRequired[float]
    high: NotRequired[float]
    samples: list[float]
    note: NotRequired[str]


class ColumnV1(TypedDict):
    """One column of a finding; `unit` is there for numbers alone."""

    name: str
    unit: NotRequired[str]


class FindingV1(TypedDict):
    """A table that was seen; in a `series` the first column is the axis of the others."""

    name: str
    title: str
    kind: Literal["table", "series"]
    witness: Witness
    columns: list[ColumnV1]
    rows: list[list[Cell]]
    note: NotRequired[str]


class CheckV1(TypedDict):
    """One row; `message` says why for every verdict but `passed`, `cause` is there for `failed` alone."""

    id: str
    title: str
    verdict: Verdict
    cause: NotRequired[Cause]
    message: NotRequired[str]
    points: int
    max_points: int
    lane: str
    evidence: Witness
    readings: list[ReadingV1]
    findings: NotRequired[list[FindingV1]]


class PartV1(TypedDict):
    """What says that this is no whole grade; without it all checks were asked for."""

    only: NotRequired[list[str]]


class GradeV1(PartV1):
    """The whole report; `seed_commitment` is the sha256 of the 32 bytes that `seed` spells in hex."""

    schema: Literal["superfast/grade/v1"]
    challenge: ChallengeV1
    submission: SubmissionV1
    machine: MachineV1
    seed_commitment: str
    seed: str
    started: str
    wall_s: float
    checks: list[CheckV1]
    points_earned: int
    points_measurable: int
    points_total: int
    passed: bool


def render(grade: Grade) -> str:
    """Write a grade as JSON with a line feed at the end; control characters are escaped, NaN can't occur."""
    return json.dumps(report(grade), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def report(grade: Grade) -> GradeV1:
    """Bring a grade into the shape of the report."""
    machine = grade.machine
    return {
        "schema": "superfast/grade/v1",
        "challenge": {
            "id": grade.challenge,
            "format": grade.challenge_format,
            "digest": grade.challenge_digest,
        },
        "submission": {"sha256": grade.submission_sha256, "files": list(grade.submission_files)},
        "machine": {
            "lanes": sorted(machine.lanes),
            "cpu": machine.cpu,
            "gpu": list(machine.gpus),
            "driver": machine.driver,
            "torch": machine.torch,
            "triton": machine.triton,
            "python": machine.python,
            "isolation": grade.isolation,
        },
        "seed_commitment": grade.seed_commitment,
        "seed": grade.seed,
        "started": grade.started.isoformat(),
        "wall_s": grade.wall_s,
        **_part(grade),
        "checks": [_check(check) for check in grade.checks],
        "points_earned": grade.points_earned,
        "points_measurable": grade.points_measurable,
        "points_total": grade.points_total,
        "passed": grade.passed,
    }


def schema() -> dict[str, Any]:
    """Make the JSON Schema of the report from the typed dictionaries."""
    # Here and not above: writing a report must not cost the start-up time of pydantic.
    from pydantic import TypeAdapter  # noqa: PLC0415

    made = TypeAdapter(GradeV1).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def schema_text() -> str:
    """Write the JSON Schema as the file that ships."""
    return json.dumps(schema(), indent=2) + "\n"


def _part(grade: Grade) -> PartV1:
    """Name the checks that were asked for, where that was not all."""
    return {"only": list(grade.only)} if grade.is_partial else {}


def _check(check: CheckResult) -> CheckV1:
    """Bring one row into the shape of the report."""
    row: CheckV1 = {
        "id": check.id,
        "title": check.title,
        "verdict": check.verdict,
        "points": check.points,
        "max_points": check.max_points,
        "lane": check.lane,
        "evidence": check.evidence,
        "readings": [_reading(reading) for reading in check.readings],
    }
    if check.failure is not None:
        row["cause"] = check.failure.cause
        row["message"] = check.failure.message
    elif check.reason is not None:
        row["message"] = check.reason
    if check.findings:
        row["findings"] = [_finding(finding) for finding in check.findings]
    return row


def _finding(finding: Finding) -> FindingV1:
    """Bring one finding into the shape of the report."""
    row: FindingV1 = {
        "name": finding.name,
        "title": finding.title,
        "kind": "series" if finding.is_series else "table",
        "witness": finding.witness,
        "columns": [
            {"name": column.name} if column.unit is None else {"name": column.name, "unit": column.unit}
            for column in finding.columns
        ],
        "rows": [list(cells) for cells in finding.rows],
    }
    if finding.note is not None:
        row["note"] = finding.note
    return row


def _reading(reading: Reading) -> ReadingV1:
    """Bring one reading into the shape of the report."""
    row: ReadingV1 = {
        "name": reading.name,
        "value": reading.value,
        "unit": reading.unit,
        "witness": reading.witness,
        "samples": list(reading.samples),
    }
    if reading.low is not None and reading.high is not None:
        row["low"], row["high"] = reading.low, reading.high
    if reading.note is not None:
        row["note"] = reading.note
    return row
