"""A challenge, and a stand-in for the command that grades: it ends as the submission's first line says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch.plan import Job, jobs, listed
from grader.batch.work import Settings
from grader.challenge import open_challenge

CHALLENGES = Path(__file__).parents[2] / "cheats" / "challenges"

FAKE = '''
"""Ends as the first line of the submission says: `# passed`, `# failed`, `# killed once`, `# kills its parent once`."""
import json, os, pathlib, signal, sys, time

folder = pathlib.Path(sys.argv[3])
line = (folder / "entry.py").read_text().splitlines()[0].removeprefix("# ")
notes = pathlib.Path(__file__).parent / "notes"
notes.mkdir(exist_ok=True)
marker = notes / line.replace(" ", "_")
first = not marker.exists()
with marker.open("a") as file:
    file.write("started" + chr(10))
if line == "killed always" or line == "killed once" and first:
    os.kill(os.getpid(), signal.SIGKILL)
if line == "kills its parent once" and first:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(0.5)
if line == "judge error":
    sys.stderr.write("grade: no room left")
    sys.exit(4)
failed = line == "failed"
check = {"id": "values", "verdict": "failed" if failed else "passed"} | ({"cause": "nan"} if failed else {})
points = 0 if failed else 3
print(json.dumps({"schema": "superfast/grade/v1", "points_earned": points, "points_measurable": 3, "checks": [check]}))
sys.exit(1 if failed else 0)
'''

Hand = Callable[..., list[Job]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    package = tmp_path / "package"
    (package / "grader").mkdir(parents=True)
    (package / "grader" / "__init__.py").touch()
    (package / "grader" / "__main__.py").write_text(FAKE)
    return Settings(str(CHALLENGES), retries=2, package=str(package))


@pytest.fixture
def started(settings: Settings) -> Callable[[str], int]:
    """How often a submission with that first line was started."""

    def count(line: str) -> int:
        marker = Path(settings.package) / "grader" / "notes" / line.replace(" ", "_")
        return len(marker.read_text().splitlines()) if marker.exists() else 0

    return count


@pytest.fixture
def hand_in(tmp_path: Path) -> Hand:
    """Hand in submissions by name and first line."""
    folder = tmp_path / "handed in"
    folder.mkdir()

    def write(**lines: str) -> list[Job]:
        for name, line in lines.items():
            (folder / f"{name}.py").write_text(f"# {line}\n")
        return jobs(listed(folder, "softmax"), lambda name: open_challenge(CHALLENGES, name))

    return write
