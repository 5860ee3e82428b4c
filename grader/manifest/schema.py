"""What a `challenge.yaml` of format 1 may say; keys that are not listed here are refused."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from grader.manifest.crosscheck import cross_faults
from harness import plan
from harness.readings import Cause, Witness

_DEFAULTS = plan.Limits()

PATTERNS = {
    "slug": (r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", "at most 64 letters, digits, `.`, `_` and `-`"),
    "line": (r"^\S[^\x00-\x1f\x7f]*$", "one line of text"),
    "paragraph": (r"\S", "text that is not blank"),
    "identifier": (r"^[A-Za-z_][A-Za-z0-9_]*$", "a name of Python, in ASCII"),
    "python_file": (r"^[A-Za-z_][A-Za-z0-9_]*\.py$", "the name of a Python file, without folders"),
    "folder_name": (r"^[A-Za-z_][A-Za-z0-9_]*$", "the name of a folder, without folders above it"),
    "lane": (r"^(cpu|cuda|cuda:([2-9]|[1-9][0-9]))$", "cpu, cuda or cuda:N with N from 2 to 99"),
}
"""Each kind of text: what it must match, and how that is told to an author."""

Slug = Annotated[str, StringConstraints(pattern=PATTERNS["slug"][0])]
Line = Annotated[str, StringConstraints(pattern=PATTERNS["line"][0], max_length=200)]
Paragraph = Annotated[str, StringConstraints(pattern=PATTERNS["paragraph"][0], max_length=4000)]
Identifier = Annotated[str, StringConstraints(pattern=PATTERNS["identifier"][0], max_length=64)]
PythonFile = Annotated[str, StringConstraints(pattern=PATTERNS["python_file"][0], max_length=64)]
FolderName = Annotated[str, StringConstraints(pattern=PATTERNS["folder_name"][0], max_length=64)]
LaneName = Annotated[str, StringConstraints(pattern=PATTERNS["lane"][0])]

Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
"""A span of time, in seconds, at most a day."""


class Part(BaseModel):
    """What every part of a manifest has in common: frozen, no unknown keys, no silent conversion."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Entry(Part):
    """What is called: a function of one file; or, by the challenge's driver, whatever a file or a folder holds."""

    file: PythonFile | None = None
    folder: FolderName | None = None
    function: Identifier | None = None
    driver: bool = False

    @property
    def place(self) -> str:
        """Where a submission's code lies: its entry file, or its folder of modules with a `/` at the end."""
        return self.file or f"{self.folder}/"


class Limits(Part):
    """What one submission may use; what is left out is as in `harness.plan.Limits`."""

    wall_s: Seconds = _DEFAULTS.wall_s
    load_s: Seconds = _DEFAULTS.load_s
    call_s: Seconds = _DEFAULTS.call_s
    memory_mib: Annotated[int, Field(ge=64, le=1_048_576)] = _DEFAULTS.memory_mib
    processes: Annotated[int, Field(ge=1, le=4096)] = _DEFAULTS.processes
    payload_mib: Annotated[int, Field(ge=1, le=262_144)] = _DEFAULTS.payload_mib
    device_payload_mib: Annotated[int, Field(ge=1, le=262_144)] = _DEFAULTS.device_payload_mib
    file_mib: Annotated[int, Field(ge=1, le=1_048_576)] = _DEFAULTS.file_mib

    def as_plan(self) -> plan.Limits:
        """Hand the limits to the harness in its own words."""
        return plan.Limits(**self.model_dump())


class TierPart(Part):
    """One step: from `reach` on, the check is worth `points`."""

    reach: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    points: Annotated[int, Field(ge=0, le=1000)]
    name: Line


class Threshold(Part):
    """Points that grow with a reading; `cause` is the word for those who reach no step that carries points."""

    metric: Identifier
    tiers: Annotated[tuple[TierPart, ...], Field(strict=False, min_length=1, max_length=50)]
    cause: Literal["too_slow", "too_much_memory"] = Cause.TOO_SLOW.value


class CheckPart(Part):
    """One row of the rubric: worth `points`, or points by `threshold`.

    `evidence` is the weakest witness whose word earns the points: the judge's alone unless it says otherwise.
    `hint` is told to whoever fails the check, `hints` are told one after the other to whoever asks.
    """

    id: Slug
    title: Line
    points: Annotated[int, Field(ge=0, le=1000)] | None = None
    threshold: Threshold | None = None
    lane: LaneName = "cpu"
    required: bool = False
    needs: Annotated[tuple[str, ...], Field(strict=False)] = ()
    evidence: Literal["judge", "guest", "static"] = Witness.JUDGE.value
    hint: Paragraph | None = None
    hints: Annotated[tuple[Paragraph, ...], Field(strict=False)] = ()

    @property
    def max_points(self) -> int:
        """Points that it is worth at most."""
        if self.threshold is not None:
            return self.threshold.tiers[-1].points
        return self.points or 0

    def as_plan(self) -> plan.CheckPlan:
        """Hand the check to the harness in its own words."""
        metric = None if self.threshold is None else self.threshold.metric
        tiers = () if self.threshold is None else tuple(tier.reach for tier in self.threshold.tiers)
        return plan.CheckPlan(id=self.id, lane=self.lane, needs=self.needs, metric=metric, tiers=tiers)


class Manifest(Part):
    """A whole `challenge.yaml`.

    `pass_mark` is a share of the points that can be measured on the machine at hand; `stub_points` is what the stub
    earns on the CPU, which `grade verify` holds it to.
    """

    format: Literal[1]
    id: Slug
    title: Line
    summary: Paragraph
    entry: Entry
    limits: Limits = Limits()
    pass_mark: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    checks: Annotated[tuple[CheckPart, ...], Field(strict=False, min_length=1, max_length=200)]
    stub_points: Annotated[int, Field(ge=0, le=100_000)] | None = None
    hints: Annotated[tuple[Paragraph, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        """Refuse a manifest whose parts contradict each other."""
        faults = cross_faults(self.model_dump())
        if faults:
            raise ValueError("; ".join(f"{fault.path}: {fault.text}" for fault in faults))
        return self

    @property
    def max_points(self) -> int:
        """Points on a machine that has every lane."""
        return sum(check.max_points for check in self.checks)
