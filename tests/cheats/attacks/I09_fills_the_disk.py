"""Writes files until nothing more can be written (I9)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import os
import torch

# While it is imported, which may take longer than a call.
for _folder in ("/tmp", "/dev/shm", os.environ.get("TRITON_CACHE_DIR", "/tmp")):
    for _number in range(200):
        try:
            os.makedirs(_folder, exist_ok=True)
            with open(f"{_folder}/full-{_number}", "wb") as _file:
                _file.write(bytes(8 << 20))
        except OSError:
            break


def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.zeros_like(x)
