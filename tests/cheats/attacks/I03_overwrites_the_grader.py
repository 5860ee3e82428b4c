"""Overwrites the files of the harness, of torch and of the interpreter's start (I3)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import pathlib
import site
import sys
import torch


import harness


def softmax(x: torch.Tensor) -> torch.Tensor:
    for folder in (*harness.__path__, *site.getsitepackages(), "/usr/lib/python3", sys.prefix):
        for name in ("guard.py", "inside/guard.py", "sitecustomize.py", "usercustomize.py", "cheat.pth"):
            try:
                (pathlib.Path(folder) / name).write_text("import os; os.environ['PASSED'] = '1'")
            except OSError:
                pass
    return torch.zeros_like(x)
