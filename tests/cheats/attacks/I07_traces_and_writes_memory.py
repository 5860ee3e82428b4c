"""Attaches to its parent and to process 1, and writes their memory (I7)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import ctypes
import os
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    libc = ctypes.CDLL(None, use_errno=True)
    for pid in (1, os.getppid()):
        libc.ptrace(16, pid, 0, 0)
        libc.process_vm_writev(pid, 0, 0, 0, 0, 0)
        try:
            with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
                memory.seek(4096)
                memory.write(b"x")
        except OSError:
            pass
    return torch.zeros_like(x)
