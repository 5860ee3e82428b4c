"""Works on a non-blocking stream that torch has never heard of (T5)."""

# expect:
#   gpu-values: failed values
#   gpu-fast: skipped

import ctypes

import torch

torch.cuda.init()
_driver = ctypes.CDLL("libcuda.so.1")
_handle = ctypes.c_void_p()
_NON_BLOCKING = 1
_driver.cuStreamCreate(ctypes.byref(_handle), _NON_BLOCKING)
_side = torch.cuda.ExternalStream(_handle.value)


def softmax(x: torch.Tensor) -> torch.Tensor:
    out = torch.zeros_like(x)
    torch.cuda.current_stream().synchronize()
    with torch.cuda.stream(_side):
        torch.cuda._sleep(20_000_000)
        out.copy_(torch.softmax(x, dim=1))
    return out
