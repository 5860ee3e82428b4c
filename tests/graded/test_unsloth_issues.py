"""Every mend of unsloth-issues, put into the untouched stub, earns its own points and no others.

That the stub, and the folder of all wrong mends, earn nothing is tested with every other solution.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.challenge import open_challenge
from grader.judge import Options, grade
from grader.submission import take_submission

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = ROOT / "solutions" / "unsloth-issues"
CHALLENGE = open_challenge(ROOT / "challenges", "unsloth-issues")
CASES = sorted(path.name for path in (CHALLENGE.stub / "cases").glob("*.py"))


def points_with(case: str, mends: Path, folder: Path) -> dict[str, int]:
    """Grade the stub with one case taken from elsewhere; give the points of each check."""
    shutil.copytree(CHALLENGE.stub / "cases", folder / "cases")
    shutil.copyfile(mends / "cases" / case, folder / "cases" / case)
    with take_submission(folder, CHALLENGE.manifest.entry.place) as submission:
        result = grade(CHALLENGE, submission, Options())
    return {check.id: check.points for check in result.checks}


def check_of(case: str) -> str:
    """Name the check of a case: file `01_accumulation.py`, check `01-accumulation`."""
    return case.removesuffix(".py").replace("_", "-")


def test_every_case_has_a_check_a_mend_and_an_obvious_mend_that_is_wrong() -> None:
    wanted = [check.id for check in CHALLENGE.manifest.checks]
    mends = sorted(path.name for path in (SOLUTIONS / "full_marks" / "cases").glob("*.py"))
    wrong = sorted(path.name for path in (SOLUTIONS / "wrong_answer" / "obvious_mends" / "cases").glob("*.py"))

    assert wanted == [check_of(case) for case in CASES]
    assert CASES == mends == wrong


@pytest.mark.graded
@pytest.mark.parametrize("case", CASES)
def test_a_mend_alone_earns_its_own_points_and_no_others(case: str, tmp_path: Path) -> None:
    expected = {check.id: check.max_points if check.id == check_of(case) else 0 for check in CHALLENGE.manifest.checks}

    assert expected == points_with(case, SOLUTIONS / "full_marks", tmp_path)
