"""Returns at once and lets a thread fill the result a little later (T6), when the clock has stopped.

The process stands still from the moment of its answer, and what it answered has been copied by then: zeros.
"""

# expect:
#   shapes: failed values
#   accuracy: skipped
#   exact: skipped
#   special: skipped
#   steady: skipped
#   own-work: skipped
#   loops: skipped
#   climb: skipped
#   summit: skipped
#   ragged: skipped
#   triton-compiles: skipped

import threading
import time

import torch


def _fill(out: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> None:
    """Do the work after the answer was given."""
    time.sleep(0.05)
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[None, k]


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    out = torch.zeros(a.shape[0], b.shape[1])
    threading.Thread(target=_fill, args=(out, a.clone(), b.clone()), daemon=True).start()
    return out
