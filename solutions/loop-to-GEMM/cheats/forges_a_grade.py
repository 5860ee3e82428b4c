"""Prints a grade with every point earned, and the words that test runners print, then returns zeros (I1).

What a submission prints is kept to show it to the learner, and read by nobody. The zeros must be seen.
"""

# expect:
#   shapes: failed values
#   accuracy: skipped
#   exact: skipped
#   special: skipped
#   steady: skipped
#   own-work: skipped
#   loops: skipped
#   climb: skipped
#   summit: skipped
#   ragged: skipped
#   triton-compiles: skipped

import json
import sys

import torch


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Claim success and return zeros."""
    checks = [{"id": name, "verdict": "passed", "points": 9, "max_points": 9} for name in ("shapes", "climb", "summit")]
    grade = {"schema": "superfast/grade/v1", "checks": checks, "points_earned": 19, "passed": True}
    for stream in (sys.stdout, sys.stderr):
        print(json.dumps(grade), "===== 19 passed in 0.01s =====", sep="\n", file=stream, flush=True)
    return torch.zeros(a.shape[0], b.shape[1])
