"""The command as a learner types it, with a real judge behind it: exit codes, isolation, seeds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
WRONG_NAME = "solutions/loop-to-GEMM/wrong_answer/wrong_name.py"
STUB = "challenges/loop-to-GEMM/stub.py"
NO_BUBBLEWRAP = {"PATH": "/nonexistent"}


def run(*arguments: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "grader", "loop-to-GEMM", *arguments]
    environment = {**os.environ, "CI": "", **surroundings}
    return subprocess.run(
        line, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )  # fmt: skip


def grade_of(ended: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def check_of(ended: subprocess.CompletedProcess[str], name: str) -> dict[str, Any]:
    return next(check for check in grade_of(ended)["checks"] if check["id"] == name)


@pytest.mark.graded
def test_a_wrong_name_is_told_and_exits_one() -> None:
    ended = run(WRONG_NAME, "--json")
    shapes = check_of(ended, "shapes")

    assert 1 == ended.returncode
    assert ("failed", "import") == (shapes["verdict"], shapes["cause"])
    assert "no function gemm" in shapes["message"]


@pytest.mark.graded
def test_without_bubblewrap_a_required_sandbox_exits_four_with_a_mend() -> None:
    ended = run(STUB, "--only", "exact", "--require-sandbox", **NO_BUBBLEWRAP)

    assert 4 == ended.returncode
    assert "apt-get install bubblewrap" in ended.stderr
    assert "" == ended.stdout


@pytest.mark.graded
def test_without_bubblewrap_a_person_is_graded_in_a_process_that_says_so() -> None:
    ended = run(STUB, "--only", "special", "--json", **NO_BUBBLEWRAP)

    assert "process" == grade_of(ended)["machine"]["isolation"]
    assert "passed" == check_of(ended, "special")["verdict"]


@pytest.mark.graded
def test_without_bubblewrap_a_build_server_does_not_measure_rules_and_speed() -> None:
    ended = run(STUB, "--only", "own-work", "--json", CI="true", **NO_BUBBLEWRAP)

    assert "not_measured" == check_of(ended, "own-work")["verdict"]
    assert "--trust-submission" in check_of(ended, "own-work")["message"]


@pytest.mark.graded
def test_the_same_seed_gives_the_same_first_failure() -> None:
    seed = "5a" * 32
    first, second = (
        check_of(run("solutions/loop-to-GEMM/wrong_answer/fp16_sums.py", "--seed", seed, "--json"), "shapes")
        for _ in range(2)
    )

    assert "values" == first["cause"]
    assert first["message"] == second["message"]
