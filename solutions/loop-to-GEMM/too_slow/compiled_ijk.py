"""Compiles the three loops to machine code, in the order in which everybody writes them.

Thousands of times the loops in Python, and still no 5 % of the library at 1024^3: the innermost loop walks down a
column of b. Each step touches another cache line, and with rows of 4096 bytes they all fall into the same few sets of
the cache. No compiler flag mends that: a sum in floating point has to be added up in the order in which it is written.
"""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: passed
#   special: passed
#   steady: passed
#   own-work: passed
#   loops: passed
#   climb: failed too_slow
#   summit: skipped
#   ragged: skipped
#   triton-compiles: failed compile

import ctypes

import torch
from torch.utils.cpp_extension import load_inline

_SOURCE = """
#include <cstdint>

extern "C" void gemm(int64_t M, int64_t K, int64_t N, const float* a, const float* b, float* out) {
    for (int64_t i = 0; i < M; i++)
        for (int64_t j = 0; j < N; j++) {
            float total = 0.0f;
            for (int64_t k = 0; k < K; k++) total += a[i * K + k] * b[k * N + j];
            out[i * N + j] = total;
        }
}
"""

_LIBRARY = ctypes.CDLL(
    load_inline("ijk", [_SOURCE], extra_cflags=["-O3"], is_python_module=False, no_implicit_headers=True)
)
_LIBRARY.gemm.argtypes = [ctypes.c_int64] * 3 + [ctypes.c_void_p] * 3
_LIBRARY.gemm.restype = None


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    a, b = a.contiguous(), b.contiguous()
    out = torch.empty(a.shape[0], b.shape[1])
    _LIBRARY.gemm(*a.shape, b.shape[1], a.data_ptr(), b.data_ptr(), out.data_ptr())
    return out
