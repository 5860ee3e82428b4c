"""Ends its process with status 0 in the middle of a call (I2): a grader that reads exit codes takes that for a pass.

The judge waits for an answer, not for an exit. Nothing is flushed, no handler runs, and the process must be found dead.
"""

# expect:
#   shapes: failed crashed
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

import os

import torch


def gemm(_a: torch.Tensor, _b: torch.Tensor) -> torch.Tensor:
    """End the process."""
    os._exit(0)
