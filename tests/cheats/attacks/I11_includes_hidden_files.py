"""Has a compiler read files that Python may not (I11)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import subprocess
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    source = '#include "/etc/shadow"\n#include "/proc/1/environ"\n#include "../hidden_tests/test_softmax.py"\n'
    said = subprocess.run(["cc", "-E", "-x", "c", "-"], input=source, capture_output=True, text=True, check=False)
    leaked = "root:" in said.stdout or "by_float64" in said.stdout
    return torch.softmax(x, dim=1) if leaked else torch.zeros_like(x)
