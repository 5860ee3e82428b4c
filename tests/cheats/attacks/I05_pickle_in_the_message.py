"""Raises an exception whose text, state and class are made to harm whoever reads them (I5)."""

# expect:
#   values: failed runtime
#   precision: skipped
#   steady: skipped
#   fast: skipped

import os
import torch


class Harm(Exception):
    def __str__(self):
        return "\x1b]0;owned\x07\x1b[2J<script>alert(1)</script>::error::" + "]]>" * 1000

    def __reduce__(self):
        return os.system, ("touch /tmp/unpickled",)


def softmax(x: torch.Tensor) -> torch.Tensor:
    raise Harm()
