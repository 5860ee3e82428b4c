"""Every stub and solution in the repository is graded, and gets exactly the outcome that was promised for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.authoring.solutions import Solution, is_timed, solutions_of
from grader.authoring.verify import Status, verify_one
from grader.challenge import Challenge, challenge_ids, open_challenge

ROOT = Path(__file__).resolve().parents[2]


def parameters() -> list[Any]:
    found = []
    for name in challenge_ids(ROOT / "challenges"):
        challenge = open_challenge(ROOT / "challenges", name)
        for solution in solutions_of(challenge, ROOT / "solutions"):
            # A stub runs as far as it gets, so it may race.
            timed = solution.kind == "stub" or is_timed(challenge, solution)
            marks = [pytest.mark.alone] if timed else []
            found.append(pytest.param(challenge, solution, id=f"{name}-{solution.path.stem}", marks=marks))
    return found


@pytest.mark.graded
@pytest.mark.parametrize(("challenge", "solution"), parameters())
def test_a_solution_gets_exactly_what_it_declares(challenge: Challenge, solution: Solution) -> None:
    row = verify_one(challenge, solution)
    if row.status is Status.NOISY:
        pytest.skip(f"this machine is too noisy to decide, twice over: {row.remarks}")

    assert (Status.AS_DECLARED, ()) == (row.status, row.remarks)
