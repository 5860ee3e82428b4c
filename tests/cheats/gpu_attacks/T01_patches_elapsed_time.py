"""Says of every CUDA event that no time has passed (T1), and takes its time.

The judge asks no event of this process.
"""

# expect:
#   gpu-values: passed
#   gpu-fast: failed too_slow

import torch

torch.cuda.Event.elapsed_time = lambda *_: 1e-6
torch.cuda.Event.record = lambda *_: None


def _slow(x: torch.Tensor) -> torch.Tensor:
    """Softmax by float64, twice over: right, and slower than what it is raced against."""
    for _ in range(2):
        e = torch.exp(x.double() - x.double().amax(dim=1, keepdim=True))
        out = (e / e.sum(dim=1, keepdim=True)).float()
    return out


def softmax(x: torch.Tensor) -> torch.Tensor:
    return _slow(x)
