"""The solutions that a challenge brings: where they lie, of which kind they are, where each declares its outcome.

    solutions/<id>/{full_marks,also_right,wrong_answer,too_slow,forbidden,cheats}/

`full_marks` is one solution, a file or several; in the other folders every file or folder is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.authoring.expectation import Expectation, read_expectation
from grader.challenge import Challenge
from harness.errors import ManifestError, UsageError
from harness.outcomes import Verdict

KINDS = ("full_marks", "also_right", "wrong_answer", "too_slow", "forbidden", "cheats")
"""Every kind of solution, in the order in which they are graded."""

STUB = "stub"
"""The kind of what a learner starts from; it declares nothing, the manifest speaks for it."""


@dataclass(frozen=True, slots=True)
class Solution:
    """One solution, or the stub.

    Attributes:
        kind: one of `KINDS`, or `STUB`.
        path: its file or folder.
        declares: the file whose first lines say what it gets; None for the stub.
    """

    kind: str
    path: Path
    declares: Path | None

    @property
    def name(self) -> str:
        """What it is called in a table."""
        return self.kind if self.kind in {STUB, "full_marks"} else f"{self.kind}/{self.path.stem}"

    def expectation(self) -> dict[str, Expectation]:
        """Read what it declares; nothing for the stub. Raises ManifestError when its block is not well formed."""
        return {} if self.declares is None else read_expectation(self.declares)


def find_solutions(challenges: Path, explicit: Path | None) -> Path:
    """Find the folder of all solutions: the one given, or the neighbour of the challenges' folder.

    Raises:
        UsageError: when there is none.
    """
    folder = explicit or challenges.parent / "solutions"
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no such folder; give the folder of the solutions with --solutions DIR")
    return folder.absolute()


def solutions_of(challenge: Challenge, root: Path) -> list[Solution]:
    """List the stub and every solution of a challenge.

    Raises:
        ManifestError: when there is no full_marks solution, or a folder of a kind that is not known.
    """
    folder = root / challenge.id
    if not (folder / "full_marks").is_dir():
        raise ManifestError(str(folder), ("full_marks/: is missing; a challenge shows that it can be solved",))
    unknown = sorted(one.name for one in folder.iterdir() if one.is_dir() and one.name not in {*KINDS, "__pycache__"})
    if unknown:
        raise ManifestError(str(folder), tuple(f"{name}/: no kind of solution; there are {KINDS}" for name in unknown))
    found = [Solution(STUB, challenge.stub, None)]
    for kind in KINDS:
        found += [Solution(kind, one, _declaring(challenge, one)) for one in _ones(folder / kind, kind)]
    return found


def is_timed(challenge: Challenge, solution: Solution) -> bool:
    """Tell whether a solution gets as far as a race: such a one is graded with nothing beside it."""
    expected = solution.expectation()
    timed = [check.id for check in challenge.manifest.checks if check.lane == "cpu" and check.threshold is not None]
    reached = (expected[check].verdict for check in timed if check in expected)
    return any(verdict not in {Verdict.SKIPPED, Verdict.NOT_MEASURED} for verdict in reached)


def _ones(folder: Path, kind: str) -> list[Path]:
    """List the solutions in the folder of one kind."""
    if not folder.is_dir():
        return []
    if kind == "full_marks":
        return [folder]
    return sorted(one for one in folder.iterdir() if not one.name.startswith(("__", ".")))


def _declaring(challenge: Challenge, path: Path) -> Path:
    """Name the file that declares what a solution gets."""
    return path / (challenge.manifest.entry.file or "EXPECT.md") if path.is_dir() else path
