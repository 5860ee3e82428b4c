"""Keeps a part of the L2 cache for itself (T13), which makes float64 no faster."""

# expect:
#   gpu-values: passed
#   gpu-fast: failed too_slow

import ctypes

import torch

torch.cuda.init()
_PERSISTING_L2_SIZE = 6
ctypes.CDLL("libcuda.so.1").cuCtxSetLimit(_PERSISTING_L2_SIZE, ctypes.c_size_t(1 << 25))


def _slow(x: torch.Tensor) -> torch.Tensor:
    """Softmax by float64, twice over: right, and slower than what it is raced against."""
    for _ in range(2):
        e = torch.exp(x.double() - x.double().amax(dim=1, keepdim=True))
        out = (e / e.sum(dim=1, keepdim=True)).float()
    return out


def softmax(x: torch.Tensor) -> torch.Tensor:
    return _slow(x)
