"""Looks for the socket to the judge among its open descriptors and writes an answer of its own there (I1).

It can't know the number that the judge's question carries and that an answer must echo; a frame with any other one
breaks the protocol, and the process is ended.
"""

# expect:
#   shapes: failed protocol
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

import contextlib
import os
import stat

import torch


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Answer in place of the runner."""
    done = b'{"type": "done", "nonce": 1, "outputs": [], "operators": []}'
    for descriptor in range(1024):
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.write(descriptor, len(done).to_bytes(4, "big") + done)
    return torch.zeros(a.shape[0], b.shape[1])
