"""Has the system's compiler build its loop when it is imported, as `load_inline` would."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: passed

import ctypes
import subprocess
import tempfile
import torch


_SOURCE = """
#include <math.h>
void softmax(const float *x, float *y, long n, long m) {
    for (long i = 0; i < n; i++, x += m, y += m) {
        float most = x[0], sum = 0;
        for (long j = 1; j < m; j++) if (x[j] > most) most = x[j];
        for (long j = 0; j < m; j++) y[j] = expf(x[j] - most);
        for (long j = 0; j < m; j++) sum += y[j];
        for (long j = 0; j < m; j++) y[j] /= sum;
    }
}
"""
_folder = tempfile.mkdtemp()
# Linked apart: where -ffast-math is named to the linker, the whole process loses its smallest numbers.
for line in (
    ["cc", "-c", "-O3", "-march=native", "-ffast-math", "-fPIC", "-x", "c", "-", "-o", f"{_folder}/own.o"],
    ["cc", "-shared", f"{_folder}/own.o", "-o", f"{_folder}/own.so", "-lm"],
):  # fmt: skip
    subprocess.run(line, input=_SOURCE, text=True, check=True)
_own = ctypes.CDLL(f"{_folder}/own.so").softmax


def softmax(x: torch.Tensor) -> torch.Tensor:
    x, out = x.contiguous(), torch.empty(x.shape)
    pointers = ctypes.c_void_p(x.data_ptr()), ctypes.c_void_p(out.data_ptr())
    _own(*pointers, ctypes.c_long(x.shape[0]), ctypes.c_long(x.shape[1]))
    return out
