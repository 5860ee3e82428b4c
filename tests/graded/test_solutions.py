"""Every solution in the repository is graded, and gets exactly the outcome that its first lines declare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.authoring.expectation import Expectation, differences, read_expectation
from grader.challenge import Challenge, open_challenge
from grader.judge import Options, grade
from grader.submission import take_submission
from grader.verdict import Grade
from harness.outcomes import Verdict

ROOT = Path(__file__).resolve().parents[2]
TRIES = 2
KINDS = ("full_marks", "also_right", "wrong_answer", "too_slow", "forbidden", "cheats")


def solutions() -> list[tuple[str, Path]]:
    """Give every solution: (id of its challenge, file or folder)."""
    found = []
    for challenge in sorted((ROOT / "solutions").iterdir()):
        for kind in KINDS:
            folder = challenge / kind
            ones = [folder] if kind == "full_marks" else sorted(folder.iterdir()) if folder.is_dir() else []
            found += [(challenge.name, one) for one in ones if not one.name.startswith("__")]
    return found


def challenge_of(name: str) -> Challenge:
    return open_challenge(ROOT / "challenges", name)


def graded(name: str, path: Path) -> Grade:
    challenge = challenge_of(name)
    with take_submission(path, challenge.manifest.entry.place) as submission:
        return grade(challenge, submission, Options())


def races(name: str, path: Path) -> bool:
    """Whether a solution gets as far as a race or a watch of its time: such a one is graded with nothing beside it."""
    expected = read_expectation(entry_of(name, path))
    checks = challenge_of(name).manifest.checks
    timed = [check.id for check in checks if check.lane == "cpu" and check.threshold is not None]
    reached = (expected[check].verdict for check in timed if check in expected)
    return any(verdict not in {Verdict.SKIPPED, Verdict.NOT_MEASURED} for verdict in reached)


def entry_of(name: str, path: Path) -> Path:
    """Give the file that declares what a solution gets."""
    return path / (challenge_of(name).manifest.entry.file or "EXPECT.md") if path.is_dir() else path


def only_noise(expected: dict[str, Expectation], result: Grade) -> bool:
    """Whether every check that ended otherwise than declared was left open by noise, or waited for such a one."""
    return [] == differences(
        {one.id: expected[one.id] for one in result.checks if one.id in expected and one.points_open is None},
        [one for one in result.checks if one.points_open is None],
    )


def parameters() -> list[Any]:
    return [
        pytest.param(name, path, id=f"{name}-{path.stem}", marks=[pytest.mark.alone] if races(name, path) else [])
        for name, path in solutions()
    ]


@pytest.mark.graded
@pytest.mark.parametrize(("name", "path"), parameters())
def test_a_solution_gets_exactly_what_it_declares(name: str, path: Path) -> None:
    expected = read_expectation(entry_of(name, path))
    for _ in range(TRIES):
        result = graded(name, path)
        found = differences(expected, result.checks)
        if not found or not only_noise(expected, result):
            break
    if found and only_noise(expected, result):
        pytest.skip(f"this machine is too noisy to decide, {TRIES} times over: {found}")

    assert [] == found
