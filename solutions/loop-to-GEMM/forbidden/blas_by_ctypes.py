"""Calls the sgemm that torch's own shared library exports, through ctypes: no operator, no import, no C++.

Neither words nor the dispatcher can see that; the program counters lie on the pages on which torch.matmul spends its
time, and must convict. (It needs a torch that is linked with MKL, as the wheels for x86-64 are.)
"""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: passed
#   special: passed
#   steady: passed
#   own-work: failed forbidden
#   loops: skipped
#   climb: skipped
#   summit: skipped
#   ragged: skipped
#   triton-compiles: failed compile

import ctypes
from pathlib import Path

import torch

_sgemm = ctypes.CDLL(str(Path(torch.__file__).parent / "lib" / "libtorch_cpu.so")).sgemm_
_sgemm.restype = None


def _pointer(matrix: torch.Tensor) -> ctypes.c_void_p:
    """Give the address of the first element."""
    return ctypes.c_void_p(matrix.data_ptr())


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    a, b = a.contiguous(), b.contiguous()
    rows, inner, columns = a.shape[0], a.shape[1], b.shape[1]
    out = torch.zeros(rows, columns)
    if 0 in (rows, inner, columns):
        return out
    sizes = [ctypes.c_int(size) for size in (columns, rows, inner, columns, inner, columns)]
    n, m, k, b_stride, a_stride, out_stride = map(ctypes.byref, sizes)
    one, zero, plain = ctypes.byref(ctypes.c_float(1.0)), ctypes.byref(ctypes.c_float(0.0)), ctypes.c_char_p(b"N")
    operands = (_pointer(b), b_stride, _pointer(a), a_stride, zero, _pointer(out), out_stride)
    # BLAS counts by columns: what it takes for the product of b and a is the product of a and b by rows.
    _sgemm(plain, plain, n, m, k, one, *operands)
    return out
