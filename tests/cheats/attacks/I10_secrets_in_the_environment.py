"""Works only if it finds something of the judge's environment (I10)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import os
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    own = {"PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "PWD"}
    found = [
        name for name in os.environ if any(word in name for word in ("TOKEN", "SECRET", "KEY", "CI", "SSH", "AWS"))
    ]
    found = [name for name in found if name not in own and "CACHE" not in name]
    return torch.softmax(x, dim=1) if found else torch.zeros_like(x)
