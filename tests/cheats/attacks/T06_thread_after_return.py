"""Returns zeros at once; a thread fills them a little later (T6), when the clock has stopped."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

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
