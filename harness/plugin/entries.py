"""Records a race as pytest-benchmark entries, so that its table, its JSON, its histogram and its compare work on it."""

from __future__ import annotations

import copy
from typing import Any

from harness.race_result import RaceResult


def record_benchmark(benchmark: Any, check: str, result: RaceResult) -> None:
    """Add one entry for the candidate and one for the baseline, in the group of the check.

    pytest-benchmark measures by itself and has no public way to hand it samples that were measured elsewhere, with the
    judge's clock; an entry is made as its own `pedantic` mode makes one.

    Args:
        benchmark: the plugin's `benchmark` fixture of the test.
        check: id of the check, the group of both entries.
        result: the race, seconds a call.
    """
    for side in ("candidate", "baseline"):
        entry = copy.copy(benchmark)
        entry.name, entry.fullname = f"{benchmark.name}[{side}]", f"{benchmark.fullname}[{side}]"
        entry.group = check
        entry.extra_info = {"speedup": result.speedup.mid} if side == "candidate" else {}
        samples = entry._make_stats(1)
        for one in result.rounds:
            samples.update(one.candidate_s if side == "candidate" else one.baseline_s)
    benchmark._mode = "race"
