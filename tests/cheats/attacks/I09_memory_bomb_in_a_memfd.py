"""Takes all memory as an anonymous file that belongs to no heap (I9)."""

# expect:
#   values: failed out_of_memory
#   precision: skipped
#   steady: skipped
#   fast: skipped

import os
import time
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    kept = []
    while True:
        descriptor = os.memfd_create("bomb")
        for _ in range(15):
            os.write(descriptor, bytes(1 << 20))
        kept.append(descriptor)
        time.sleep(0.002)
