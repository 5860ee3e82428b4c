"""Searches the file system for the hidden tests and calls the oracle or the baseline that it finds there (C6, C8).

A submission is shown the interpreter, its libraries and its own folder. It must find nothing, and return zeros.
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

import contextlib
import runpy
from pathlib import Path
from typing import Any

import torch

_PLACES = ("/home", "/root", "/srv", "/opt", "/mnt", "/submission", "/guest", "/proc/1/cwd", "..")
_found: dict[str, Any] = {}

for _place in _PLACES:
    with contextlib.suppress(Exception):  # whatever can't be read or run is of no use
        for _path in Path(_place).rglob("hidden_tests/*.py"):
            _found.update(runpy.run_path(str(_path)))


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return what somebody else has computed."""
    for name in ("exact", "matmul"):
        if name in _found:
            return _found[name](a, b).float()
    return torch.zeros(a.shape[0], b.shape[1])
