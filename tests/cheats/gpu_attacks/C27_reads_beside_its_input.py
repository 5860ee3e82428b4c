"""Reads the memory beside its input (C27), where it hopes to find what the judge has prepared."""

# expect:
#   gpu-values: failed values
#   gpu-fast: skipped

import ctypes

import torch

_driver = ctypes.CDLL("libcuda.so.1")


def softmax(x: torch.Tensor) -> torch.Tensor:
    out = torch.zeros_like(x)
    size_bytes = x.numel() * 4
    torch.cuda.current_stream().synchronize()
    # A refusal leaves the zeros: this copy reports errors by its result, and nobody asks for it.
    beside = ctypes.c_uint64(x.data_ptr() + size_bytes + 512)
    _driver.cuMemcpyDtoD_v2(ctypes.c_uint64(out.data_ptr()), beside, ctypes.c_size_t(size_bytes))
    return out
