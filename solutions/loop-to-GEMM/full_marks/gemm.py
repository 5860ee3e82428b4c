"""Matrix product with no library product: packed, register-blocked C++ on the CPU, a Triton kernel on CUDA."""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: passed
#   special: passed
#   steady: passed
#   own-work: passed
#   loops: passed
#   climb: passed
#   summit: passed
#   ragged: passed
#   triton-compiles: passed

import ctypes
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.cpp_extension import load_inline

_CPU_SOURCE = Path(__file__).with_name("gemm_cpu.cpp")


def _build_cpu_library() -> ctypes.CDLL:
    """Compile `gemm_cpu.cpp` and declare its two C functions.

    The source includes no torch header, which alone would take the compiler half a minute: the functions take plain
    pointers and are called through ctypes, which also lets other Python threads run meanwhile.
    """
    path = load_inline(
        name="loop_to_gemm_cpu",
        cpp_sources=[_CPU_SOURCE.read_text(encoding="utf-8")],
        extra_cflags=["-O3", "-fopenmp", "-ffp-contract=fast"],  # contract: a * b + c becomes one fused instruction
        extra_ldflags=["-fopenmp"],
        is_python_module=False,
        no_implicit_headers=True,
    )
    library = ctypes.CDLL(path)
    size, pointer, flag = ctypes.c_int64, ctypes.c_void_p, ctypes.c_int
    library.widest_kernel.argtypes = []
    library.widest_kernel.restype = flag
    strided = [pointer, size, size]
    library.gemm_f32.argtypes = [flag, flag, size, size, size, *strided, *strided, pointer]
    library.gemm_f32.restype = flag
    return library


_LIBRARY = _build_cpu_library()
_KERNEL = _LIBRARY.widest_kernel()


def gemm(a: Tensor, b: Tensor) -> Tensor:
    """Return the matrix product of `a` and `b`.

    Args:
        a: [M, K], any strides; float32 on the CPU, float16 or bfloat16 on CUDA.
        b: [K, N], any strides, of the dtype and on the device of `a`.

    Returns:
        [M, N], new and contiguous, of the dtype and on the device of `a`. It is outside autograd. The same operands
        give the same bits, whatever the number of threads.

    Raises:
        ValueError: an operand is not a matrix, the inner sizes differ, or dtype or device do not fit.
        MemoryError: there is no room for the packed copies (some 14 MB at most).
    """
    _check(a, b)
    if a.device.type == "cuda":
        from gemm_triton import gemm_cuda  # here, so that a machine without Triton can run the CPU part

        return gemm_cuda(a, b)
    return _gemm_cpu(a, b, _KERNEL)


_WORTH_A_TEAM = 128**3
"""Multiplications below which waking a second thread costs more than it saves."""


def _check(a: Tensor, b: Tensor) -> None:
    """Raise ValueError, with what to mend, unless `a` and `b` can be multiplied here."""
    if a.dim() != 2 or b.dim() != 2:
        raise ValueError(f"gemm multiplies two matrices, got {a.dim()}-d a and {b.dim()}-d b; reshape them to 2-d")
    if a.shape[1] != b.shape[0]:
        raise ValueError(
            f"inner sizes differ: a is {list(a.shape)}, b is {list(b.shape)}; a's columns must match b's rows"
        )
    if a.device != b.device:
        raise ValueError(f"a is on {a.device}, b is on {b.device}; move both to one device")
    if a.device.type not in ("cpu", "cuda"):
        raise ValueError(f"gemm runs on cpu and cuda, got tensors on {a.device}; move them to one of the two")
    if a.dtype != b.dtype or (a.device.type == "cpu" and a.dtype != torch.float32):
        wanted = "float32" if a.device.type == "cpu" else "one dtype"
        raise ValueError(
            f"gemm on {a.device.type} takes {wanted}, got {a.dtype} and {b.dtype}; convert them with .to()"
        )


def _gemm_cpu(a: Tensor, b: Tensor, kernel: int) -> Tensor:
    """Multiply two checked float32 matrices with one of the micro-kernels (numbers as in `widest_kernel`)."""
    (m, k), n = a.shape, b.shape[1]
    if 0 in (m, n, k):
        return torch.zeros((m, n), dtype=torch.float32)  # a sum of no products is zero
    c = torch.empty((m, n), dtype=torch.float32)
    threads = torch.get_num_threads() if m * n * k >= _WORTH_A_TEAM else 1
    left, right = (a.data_ptr(), *a.stride()), (b.data_ptr(), *b.stride())
    if _LIBRARY.gemm_f32(kernel, threads, m, n, k, *left, *right, c.data_ptr()):
        raise MemoryError("no memory for the packed copies of a and b; free some tensors and try again")
    return c
