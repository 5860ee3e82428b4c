"""Asks other machines, this machine and its own services for the answer (I10)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import socket
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    for address in (("1.1.1.1", 53), ("127.0.0.1", 22), ("169.254.169.254", 80), ("localhost", 8080)):
        try:
            with socket.create_connection(address, timeout=0.2):
                return torch.softmax(x, dim=1)
        except OSError:
            pass
    return torch.zeros_like(x)
