"""Three literal grades, a clock that tells the time to the digit, and a challenge on disk for the grader's tests."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.verdict import CheckResult, Grade, Tier
from harness.device import Machine
from harness.outcomes import Failure, Verdict
from harness.plan import Span
from harness.readings import Cause, Reading, Witness

SEED = bytes(range(32))

CPU_MACHINE = Machine(
    cpu="Example CPU 9000",
    cores=2,
    gpus=(),
    driver=None,
    torch="2.13.0+cpu",
    triton="3.7.1",
    python="3.11.9",
    lanes=frozenset({"cpu"}),
)

MANIFEST = """\
format: 1
id: double
title: Twice the input
summary: Return twice the input, fast.
entry: {file: double.py, function: double}
limits: {wall_s: 60, load_s: 20, call_s: 5}
pass_mark: 0.5
checks:
  - {id: exact, title: equals the oracle, points: 2, required: true}
  - id: speedup
    title: faster than the loop
    needs: [exact]
    threshold:
      metric: speedup
      tiers:
        - {reach: 1.0, points: 0, name: loops}
        - {reach: 2.0, points: 1, name: rows}
        - {reach: 4.0, points: 3, name: tiles}
    hint: Add whole rows at a time.
  - {id: gpu, title: runs on a GPU, points: 5, lane: cuda}
hints:
  - Multiplication by two is an addition.
"""

TIERS = (Tier("loops", 1.0, 0), Tier("rows", 2.0, 1), Tier("tiles", 4.0, 3))

EXACT = CheckResult(
    id="exact", title="equals the oracle", verdict=Verdict.PASSED, points=2, max_points=2, required=True, wall_s=0.5
)

GPU = CheckResult(
    id="gpu",
    title="runs on a GPU",
    verdict=Verdict.NOT_MEASURED,
    points=0,
    max_points=5,
    lane="cuda",
    reason="this machine has no lane cuda",
)


def speedup_reading(value: float, low: float, high: float) -> Reading:
    """Make a speed-up as a race would tell it."""
    return Reading(
        "speedup", value, "x", Witness.JUDGE, low, high, samples=(low, value, high), note="3 pairs of guests"
    )


def speedup(verdict: Verdict, points: int, value: float, low: float, high: float, **more: object) -> CheckResult:
    """Make the row of a check with tiers."""
    return CheckResult(
        id="speedup",
        title="faster than the loop",
        verdict=verdict,
        points=points,
        max_points=3,
        readings=(speedup_reading(value, low, high),),
        metric="speedup",
        hint="Add whole rows at a time.",
        wall_s=3.25,
        **more,  # type: ignore[arg-type]
    )


def a_grade(*checks: CheckResult, pass_mark: float = 0.5, isolation_note: str | None = None) -> Grade:
    """Make a grade of these rows on a machine without a GPU."""
    return Grade(
        challenge="double",
        challenge_format=1,
        challenge_digest="c" * 64,
        title="Twice the input",
        pass_mark=pass_mark,
        submission_sha256="a" * 64,
        submission_files=("double.py", "kernels/rows.cpp"),
        machine=CPU_MACHINE,
        isolation="process" if isolation_note else "bubblewrap",
        isolation_note=isolation_note,
        freezer="signals" if isolation_note else "cgroup",
        seed_commitment=hashlib.sha256(SEED).hexdigest(),
        seed=SEED.hex(),
        started=datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC),
        wall_s=6.5,
        spans=(Span("start guests", 1.5), Span("check exact", 0.5), Span("check speedup", 3.25)),
        checks=checks,
    )


@pytest.fixture
def make_grade() -> Callable[..., Grade]:
    """Give tests `a_grade`."""
    return a_grade


@pytest.fixture
def passed_grade() -> Grade:
    """Give a grade that passed, with a tier left to climb and a lane that is not there."""
    row = speedup(Verdict.PASSED, 1, 2.4, 2.3, 2.5, tier_reached=TIERS[1], next_tier=TIERS[2])
    return a_grade(EXACT, row, GPU)


@pytest.fixture
def failed_grade() -> Grade:
    """Give a grade that failed, with everything that a failure can tell and a submission that attacks the terminal."""
    failure = Failure(
        cause=Cause.VALUES,
        message="element [1, 2] differs: [bold]not[/bold] markup",
        expected="4.0",
        actual="5.0",
        index=(1, 2),
        shape="x[3, 4] float32",
        seed=SEED.hex(),
        output="hello\x1b[2J\x07\u202egnp.exe\r\n" + "".join(f"line {number}\n" for number in range(60)),
        trace='Traceback (most recent call last):\n  File "double.py", line 3, in double',
    )
    exact = CheckResult(
        id="exact",
        title="equals the oracle",
        verdict=Verdict.FAILED,
        points=0,
        max_points=2,
        required=True,
        failure=failure,
        evidence=Witness.JUDGE,
        hint="Look at the last row.",
    )
    skipped = CheckResult(
        id="speedup",
        title="faster than the loop",
        verdict=Verdict.SKIPPED,
        points=0,
        max_points=3,
        metric="speedup",
        reason="needs exact (failed)",
    )
    return a_grade(exact, skipped, GPU, isolation_note="bubblewrap is not installed")


@pytest.fixture
def undecided_grade() -> Grade:
    """Give a grade that another run may turn."""
    row = speedup(
        Verdict.UNDECIDED,
        1,
        3.9,
        3.7,
        4.1,
        tier_reached=TIERS[1],
        next_tier=TIERS[2],
        points_open=2,
        reason="speedup 3.9 x (95 % interval 3.7 to 4.1): tier 'tiles' (4) lies inside the interval; run again",
    )
    return a_grade(EXACT, row, GPU, pass_mark=0.8)


@pytest.fixture
def challenge_folder(tmp_path: Path) -> Path:
    """Give the folder of a well-formed challenge called `double`."""
    folder = tmp_path / "challenges" / "double"
    (folder / "hidden_tests").mkdir(parents=True)
    (folder / "challenge.yaml").write_text(MANIFEST, encoding="utf-8")
    (folder / "README.md").write_text("# Twice the input\n", encoding="utf-8")
    (folder / "stub.py").write_text("def double(x):\n    raise NotImplementedError\n", encoding="utf-8")
    (folder / "hidden_tests" / "test_exact.py").write_text("# the judge's own\n", encoding="utf-8")
    return folder


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with a file under `tests/golden/`, and say how to renew it."""

    def compare(name: str, actual: str) -> None:
        path = Path(__file__).parents[1] / "golden" / name
        if not path.exists():
            path.write_text(actual, encoding="utf-8")
            pytest.fail(f"{path} was missing and has been written: read it, and run again")
        expected = path.read_text(encoding="utf-8")

        assert expected == actual, f"{path} differs: if the new text is right, delete the file and run again twice"

    return compare
