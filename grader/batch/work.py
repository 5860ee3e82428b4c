"""Grades one job in a process of its own, and starts it again when the judge, not the submission, was at fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.batch.plan import Job
from grader.batch.record import Record, broken, graded, refused
from grader.submission import write_submission
from grader.verdict import ExitCode

_ENDINGS = {ExitCode.PASSED: "passed", ExitCode.NOT_PASSED: "not passed", ExitCode.UNDECIDED: "undecided"}
_LONGEST_S = 4 * 3600.0
"""A judge ends every grading by itself; this is for one that does not, and for waiting while others measure."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How every job of a batch is graded.

    Attributes:
        challenges: folder that holds the challenges: the host's copy, on every machine.
        retries: how often a job is started again after a fault of the judge.
        require_sandbox: whether to refuse a machine without bubblewrap.
        trust_submission: whether speed and rules may earn points without a sandbox.
        package: where the code that grades lies; the same on every machine of a cluster.
    """

    challenges: str
    retries: int = 2
    require_sandbox: bool = False
    trust_submission: bool = False
    package: str = str(Path(__file__).parents[2])


def work_off(job: Job, settings: Settings) -> Record:
    """Grade one job; whatever happens, it gets a record."""
    if job.contents is None:
        return refused(job)
    for attempt in range(1, settings.retries + 2):
        record = _attempt(job, job.contents, settings, attempt)
        if record.grade is not None:
            break
    return record


def _attempt(job: Job, contents: dict[str, bytes], settings: Settings, attempt: int) -> Record:
    """Start the grading once."""
    start_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="superfast-batch-") as name:
        folder, empty = Path(name) / "submission", Path(name) / "empty"
        folder.mkdir()
        empty.mkdir()
        write_submission(folder, contents)
        line = [sys.executable, "-P", "-m", "grader", "run", job.challenge, str(folder), "--challenges"]
        line += [settings.challenges, "--json", "--quiet", "--no-history"]
        line += ["--require-sandbox"] if settings.require_sandbox else []
        line += ["--trust-submission"] if settings.trust_submission else []
        # In an empty folder: nothing that was handed in may lie where Python looks for modules.
        environment = {**os.environ, "CI": "true", "PYTHONPATH": settings.package}
        try:
            done = subprocess.run(
                line, cwd=empty, env=environment, capture_output=True, timeout=_LONGEST_S, check=False
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            return broken(job, attempt, time.monotonic() - start_s, str(error))
    wall_s = time.monotonic() - start_s
    grade = _grade_in(done.stdout)
    if grade is not None and done.returncode in _ENDINGS:
        return graded(job, attempt, wall_s, _ENDINGS[ExitCode(done.returncode)], grade)
    return broken(job, attempt, wall_s, _said(done))


def _grade_in(output: bytes) -> dict[str, Any] | None:
    """Read a grade from what the grading wrote; None where there is none."""
    try:
        document = json.loads(output)
    except ValueError:
        return None
    return document if isinstance(document, dict) and document.get("schema") == "superfast/grade/v1" else None


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    """Say in one line how a grading ended without a grade."""
    how = f"killed by signal {-done.returncode}" if done.returncode < 0 else f"exit code {done.returncode}"
    words = " ".join(done.stderr.decode(errors="replace").split())[-400:]
    return f"{how}: {words}" if words else how
