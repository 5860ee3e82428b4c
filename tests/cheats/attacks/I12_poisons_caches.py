"""Fills every cache of compiled code with rubbish for the next process (I12); its own work is slow."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: failed too_slow

import os
import pathlib
import torch


def _slow(x: torch.Tensor) -> torch.Tensor:
    """Softmax by float64, three times over: right, and slower than what it is raced against."""
    for _ in range(3):
        e = torch.exp(x.double() - x.double().amax(dim=1, keepdim=True))
        out = (e / e.sum(dim=1, keepdim=True)).float()
    return out


for _name, _value in os.environ.items():
    if _name.endswith("_DIR"):
        try:
            pathlib.Path(_value).mkdir(parents=True, exist_ok=True)
            (pathlib.Path(_value) / "poison.py").write_text("raise SystemExit(0)")
        except OSError:
            pass


def softmax(x: torch.Tensor) -> torch.Tensor:
    return _slow(x)
