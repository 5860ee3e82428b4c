"""Returns an object that runs a command when it is unpickled (I5)."""

# expect:
#   values: failed dtype
#   precision: skipped
#   steady: skipped
#   fast: skipped

import os
import torch


class Payload:
    def __reduce__(self):
        return os.system, ("touch /tmp/unpickled",)


def softmax(x: torch.Tensor) -> torch.Tensor:
    return Payload()
