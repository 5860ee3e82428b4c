"""Makes every wait for the GPU return at once (T3), and leaves much work behind.

The judge copies answers as soon as the process has spoken, and finds that they are not there yet.
"""

# expect:
#   gpu-values: passed
#   gpu-fast: failed values

import torch

torch.cuda.synchronize = torch._C._cuda_synchronize = lambda *_: None
torch.cuda.Stream.synchronize = torch.cuda.Event.synchronize = lambda *_: None


def _slow(x: torch.Tensor) -> torch.Tensor:
    """Softmax by float64, twice over: right, and slower than what it is raced against."""
    for _ in range(2):
        e = torch.exp(x.double() - x.double().amax(dim=1, keepdim=True))
        out = (e / e.sum(dim=1, keepdim=True)).float()
    return out


def softmax(x: torch.Tensor) -> torch.Tensor:
    return _slow(x)
