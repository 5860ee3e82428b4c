"""Measures what needs one CUDA GPU and writes it to one JSON file: `python -m benchmarks.gpu --out gpu.json`.

Ceilings of the card, the lane `cuda` of every challenge for reference and wrong solutions, and the attacks that need a
GPU, with a race of a baseline against itself among them. Every ratio is of one run. What fails is written down as such,
and the rest goes on.
"""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import torch

from grader.authoring.expectation import read_expectation
from grader.challenge import open_challenge
from grader.judge import Options, grade
from grader.submission import take_submission
from grader.verdict import CheckResult
from harness.device import describe_machine
from harness.outcomes import Verdict
from harness.sandbox.probe import probe_isolation
from tests.cheats.corpus import gpu_files, judge

ROOT = Path(__file__).parent.parent
WEIGHTS = 4096 * 14336
"""Weights of the MLP that the race of nf4-triton is about."""

GRADED = (
    ("nf4-triton", "full_marks/nf4.py"),
    ("nf4-triton", "also_right/rows_and_join.py"),
    ("nf4-triton", "too_slow/bytes_one_by_one.py"),
    ("nf4-triton", "forbidden/scales_by_torch.py"),
    ("loop-to-GEMM", "full_marks"),
    ("loop-to-GEMM", "forbidden/matmul_in_except.py"),
    ("loop-to-GEMM", "too_slow/outer_products.py"),
)
AT_ONCE = 4
"""Attacks that are judged side by side; those that reach the race are judged alone."""


@click.command(help=__doc__)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="JSON file to write.")
@click.option(
    "--part", "wanted", multiple=True, type=click.Choice(["ceilings", "attacks", "grades"]), help="All without."
)
def main(out: Path, wanted: tuple[str, ...]) -> None:
    """Run each part and keep what there is after every step, since a lent machine may be gone at any time."""
    isolation, reason = probe_isolation()
    found: dict[str, Any] = {
        "machine": str(describe_machine()), "isolation": isolation, "isolation_note": reason, "steps": [],
    }  # fmt: skip
    start_s = time.monotonic()
    for name, step in steps(wanted):
        began_s = time.monotonic()
        try:
            result = step()
        except Exception:  # noqa: BLE001 - a step that fails is told, and the next one runs
            result = {"error": traceback.format_exc(limit=4)}
        found["steps"].append({"name": name, "wall_s": round(time.monotonic() - began_s, 1), **result})
        out.write_text(json.dumps(found, indent=1, default=str), encoding="utf-8")
        click.echo(f"{time.monotonic() - start_s:6.1f} s  {name}: {json.dumps(result, default=str)}")


def steps(wanted: tuple[str, ...]) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Give every step with its name, the quick ones first."""
    if not wanted or "ceilings" in wanted:
        yield "bandwidth [GB/s]", bandwidths
        for size in (4096, 8192):
            yield f"library product {size}^3", lambda size=size: library_product(size)
    if not wanted or "grades" in wanted:
        for challenge, solution in GRADED:
            yield f"{challenge} {solution}", lambda c=challenge, s=solution: graded(c, s)
    if not wanted or "attacks" in wanted:
        yield from attacks()


def bandwidths() -> dict[str, Any]:
    """Measure a copy, and the traffic of nf4-triton: a byte read for four written."""
    packed = torch.empty(WEIGHTS // 8, dtype=torch.int32, device="cuda")
    wide = torch.empty(WEIGHTS // 2, dtype=torch.int32, device="cuda")
    copy_s = median_s(wide.clone)
    mixed_s = median_s(lambda: packed[:, None].expand(-1, 4).contiguous())
    return {"copy": 2 * wide.nbytes / copy_s / 1e9, "one to four": 5 * packed.nbytes / mixed_s / 1e9}


def library_product(size: int) -> dict[str, Any]:
    """Measure the library's bfloat16 product of random matrices."""
    a, b = (torch.randn(size, size, dtype=torch.bfloat16, device="cuda") for _ in range(2))
    wall_s = median_s(lambda: a @ b)
    return {"TFLOP/s": 2 * size**3 / wall_s / 1e12}


def median_s(work: Callable[[], object], times: int = 30) -> float:
    """Time one call of `work` by the card's own events."""
    marks = [[torch.cuda.Event(enable_timing=True) for _ in range(2)] for _ in range(times)]
    for _ in range(5):
        work()
    for before, after in marks:
        before.record()
        work()
        after.record()
    torch.cuda.synchronize()
    return sorted(before.elapsed_time(after) for before, after in marks)[times // 2] / 1e3


def graded(challenge_id: str, solution: str) -> dict[str, Any]:
    """Grade one solution by the checks of the GPU's lane, and by those that they need."""
    challenge = open_challenge(ROOT / "challenges", challenge_id)
    only = tuple(check.id for check in challenge.manifest.checks if check.lane == "cuda")
    path = ROOT / "solutions" / challenge_id / solution
    with take_submission(path, challenge.manifest.entry.place) as submission:
        rows = grade(challenge, submission, Options(only=only)).checks
    return {row.id: ending(row) for row in rows if row.verdict is not Verdict.NOT_MEASURED}


def ending(row: CheckResult) -> dict[str, Any]:
    """Say how one check ended, and what was measured."""
    failure = f"{row.failure.cause}: {row.failure.message[:300]}" if row.failure is not None else row.reason
    readings = {one.name: [one.value, one.low, one.high] for one in row.readings}
    return {"verdict": str(row.verdict), "why": failure, "readings": readings, "wall_s": row.wall_s}


def attacks() -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Judge every attack that needs a GPU; those that fall before the race side by side, the others alone."""
    files = gpu_files()
    raced = [path for path in files if read_expectation(path)["gpu-fast"].verdict != "skipped"]
    with ProcessPoolExecutor(AT_ONCE) as pool:
        judged = {path: pool.submit(judge, path) for path in files if path not in raced}
        for path, outcome in judged.items():
            yield f"attack {path.stem}", lambda outcome=outcome: asdict(outcome.result())
    for path in raced:
        yield f"attack {path.stem}", lambda path=path: asdict(judge(path))


if __name__ == "__main__":
    main()
