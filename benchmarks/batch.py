"""Grades 200 submissions, hostile ones among them, by both engines of `grade batch`: `python -m benchmarks.batch`.

The submissions are attacks and controls of the corpus, several copies of each, against its challenge without the race.
While Ray works, one of its workers is killed. Printed are throughput and whether both engines found the same.
"""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
import psutil
import yaml

from tests.cheats.corpus import HERE, files

ROOT = Path(__file__).parent.parent
SLOW = ("I09_endless", "I09_sleeps", "I09_memory_bomb", "numba_loops", "compiled_by_dynamo", "slow_import")
"""What mostly waits for a deadline or for a compiler says little of throughput."""

Found = dict[str, tuple[str, int | None, tuple[tuple[str, str, str], ...]]]
"""Of each submission how it ended, its points, and verdict and cause of each check."""


@click.command(help=__doc__)
@click.option("--count", default=200, help="How many submissions.")
@click.option("--jobs", default=2, help="Gradings side by side.")
@click.option("--one-by-one", default=20, help="How many of them to grade by a single process, for comparison.")
def main(count: int, jobs: int, one_by_one: int) -> None:
    """Make the submissions, run the engines, compare."""
    with tempfile.TemporaryDirectory(prefix="superfast-benchmark-") as name:
        folder = Path(name)
        challenges = without_race(folder)
        handed_in = hand_in(folder / "handed-in", count)
        few = hand_in(folder / "few", one_by_one)
        single_s, _ = run(few, folder / "single", challenges, ["--jobs", "1"])
        local_s, local = run(handed_in, folder / "local", challenges, ["--jobs", str(jobs)])
        ray_line = ["--jobs", str(jobs), "--engine", "ray"]
        ray_s, on_ray = run(handed_in, folder / "ray", challenges, ray_line, kills_a_worker=True)
    click.echo(f"one process: {one_by_one} in {single_s:.0f} s, {60 * one_by_one / single_s:.1f} a minute")
    for engine, wall_s in (("local", local_s), ("ray", ray_s)):
        rate = count / wall_s
        times = rate / (one_by_one / single_s)
        click.echo(f"{engine}: {count} in {wall_s:.0f} s, {60 * rate:.1f} a minute, {times:.2f} times one process")
    click.echo(f"endings: {dict(Counter(ending for ending, _, _ in local.values()))}")
    unlike = [name for name in local if local[name] != on_ray.get(name)]
    click.echo(f"unlike: {len(unlike)} of {len(local)}")
    for name in unlike:
        click.echo(f"  {name}: {local[name]} and {on_ray.get(name)}")
    sys.exit(1 if unlike or len(local) != count else 0)


def without_race(folder: Path) -> Path:
    """Copy the corpus' challenge without the checks that take time or a GPU."""
    shutil.copytree(HERE / "challenges" / "softmax", folder / "challenges" / "softmax")
    path = folder / "challenges" / "softmax" / "challenge.yaml"
    manifest = yaml.safe_load(path.read_text(encoding="utf-8"))
    manifest["checks"] = [check for check in manifest["checks"] if check["id"] == "values"]
    path.write_text(yaml.safe_dump(manifest, sort_keys=False), encoding="utf-8")
    tests = path.parent / "hidden_tests" / "test_softmax.py"
    text = tests.read_text(encoding="utf-8")
    tests.write_text(text[: text.index('@pytest.mark.check("precision")')], encoding="utf-8")
    return folder / "challenges"


def hand_in(folder: Path, count: int) -> Path:
    """Write so many submissions, no two alike, and a link among them."""
    folder.mkdir()
    usable = [path for path in files() if not path.stem.startswith(SLOW)]
    for number, path in enumerate(itertools.islice(itertools.cycle(usable), count - 1)):
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        name = folder / f"{number:03}_{path.stem}.py"
        name.write_text(f"{text}\n# {number}\n", encoding="utf-8", errors="surrogateescape")
    (folder / "link.py").symlink_to("/etc/passwd")
    return folder


def run(
    handed_in: Path, out: Path, challenges: Path, more: Sequence[str], *, kills_a_worker: bool = False
) -> tuple[float, Found]:  # fmt: skip
    """Run `grade batch` and read its results; gives seconds and what was found."""
    line = [sys.executable, "-m", "grader", "batch", str(handed_in), "--challenge", "softmax"]
    line += ["--challenges", str(challenges), "--out", str(out), *more]
    start_s = time.monotonic()
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.DEVNULL) as batch:
        if kills_a_worker:
            kill_a_worker(batch, out)
        batch.wait()
    wall_s = time.monotonic() - start_s
    lines = (out / "results.jsonl").read_text(encoding="utf-8").splitlines()
    return wall_s, {record["name"]: essence(record) for record in map(json.loads, lines)}


def kill_a_worker(batch: subprocess.Popen[bytes], out: Path) -> None:
    """Kill one of Ray's workers while it grades, once some records are there."""
    while batch.poll() is None:
        time.sleep(0.2)
        if len(list((out / "records").glob("*.json"))) < 10:
            continue
        for process in psutil.Process(batch.pid).children(recursive=True):
            if process.name().startswith("ray::work_off"):
                process.kill()
                click.echo(f"killed {process.name()} {process.pid}", err=True)
                return


def essence(record: dict[str, object]) -> tuple[str, int | None, tuple[tuple[str, str, str], ...]]:
    """Keep what does not change with the seed and the clock."""
    grade = record["grade"] or {"checks": []}
    checks = tuple((check["id"], check["verdict"], check.get("cause", "")) for check in grade["checks"])  # type: ignore[index]
    return record["ending"], record["points"], checks  # type: ignore[return-value]


if __name__ == "__main__":
    main()
