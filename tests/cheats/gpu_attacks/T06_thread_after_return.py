"""Returns zeros at once; a thread fills them on the GPU a little later (T6)."""

# expect:
#   gpu-values: failed values
#   gpu-fast: skipped

import threading
import time

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    out = torch.zeros_like(x)

    def fill() -> None:
        time.sleep(0.003)
        out.copy_(torch.softmax(x, dim=1))

    threading.Thread(target=fill).start()
    return out
