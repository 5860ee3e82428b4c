"""Writes files until nothing more can be written (I9)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import os
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    for folder in ("/tmp", "/dev/shm", os.environ.get("TRITON_CACHE_DIR", "/tmp")):
        for number in range(200):
            try:
                os.makedirs(folder, exist_ok=True)
                with open(f"{folder}/full-{number}", "wb") as file:
                    file.write(bytes(8 << 20))
            except OSError:
                break
    return torch.zeros_like(x)
