"""Mends what Triton's interpreter gets wrong with bfloat16, and names what it can't do, before a submission sees it.

The interpreter keeps bfloat16 as its 16 raw bits. As it comes it adds and multiplies those bits as whole numbers,
cuts instead of rounding when it narrows, and has no bfloat16 constants. Here both operands are widened to float32,
which is exact, the operation is done there, and its result is rounded to nearest, ties to even. That equals a hardware
operation rounded once: float32 has more than twice the significant bits, so rounding twice changes nothing for one
addition, subtraction, product or quotient.

A fused product and sum is worked out in float64, where the product of two float32 is exact. A product and a sum that
the compiler fuses by itself can't be seen here at all: `KernelResources.fused` counts them in the compiled code.

NOT mended, refused as unsupported instead: 8-bit floats, atomic bfloat16, inline assembly, external libraries.
A sum of bfloat16 along an axis is accumulated in float32; what hardware gives depends on its order.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
import triton.language as tl
from triton.language.extra import libdevice
from triton.runtime import interpreter as _interpreter

# Its methods are replaced here, which a type checker won't have.
interpreter: Any = _interpreter

Note = Callable[[str], None]
Refuse = Callable[[str], NoReturn]

ARITHMETIC = "bfloat16 arithmetic: Triton's interpreter works on the raw bits; here it is done in float32 and rounded"
NARROWING = "float32 to bfloat16: Triton's interpreter cuts; here it is rounded to nearest, ties to even"
FUSED = "tl.fma: Triton's interpreter rounds the product before it adds; here it is rounded once, as hardware does"
SUMS = "sums of bfloat16: accumulated in float32 here; hardware may round after each addition"
_FP8 = (tl.float8e5, tl.float8e4nv, tl.float8e4b8, tl.float8e4b15, tl.float8e5b16)


def widened(bits: Any) -> Any:
    """Give bfloat16 bits (uint16) as float32; exact."""
    return (np.asarray(bits).astype(np.uint32) << np.uint32(16)).view(np.float32)


def narrowed(values: Any) -> Any:
    """Round float32 to bfloat16 bits (uint16), to nearest, ties to even; a NaN stays one."""
    values = np.asarray(values, dtype=np.float32)
    bits = values.view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
    quiet = (bits >> np.uint32(16)) | np.uint32(0x40)
    return np.where(np.isnan(values), quiet, rounded).astype(np.uint16)


def mend(note: Note, refuse: Refuse) -> None:
    """Replace methods of the interpreter's builder, once for the life of this process.

    `note` is told what was mended when it is used; `refuse` raises for what can't be done.
    """
    builder = interpreter.InterpreterBuilder
    handle = interpreter.TensorHandle
    _mend_arithmetic(builder, note)
    _mend_products(builder, note)
    _mend_casts(builder, handle, note, refuse)
    _mend_sums(note)
    _complete_constants()
    _refuse_the_rest(builder, refuse)


def _is_bf16(*handles: Any) -> bool:
    return any(one.dtype.scalar == tl.bfloat16 for one in handles)


def _operand(one: Any) -> Any:
    return widened(one.data) if one.dtype.scalar == tl.bfloat16 else one.data


def _result(values: Any, dtype: Any) -> Any:
    """Give what was computed in float32 as the type that the operation has."""
    if values.dtype == bool or dtype != tl.bfloat16:
        return interpreter.TensorHandle(values, dtype)
    return interpreter.TensorHandle(narrowed(values), dtype)


def _mend_arithmetic(builder: Any, note: Note) -> None:
    """Operations of one, two and three operands."""
    unary, binary, ternary = builder.unary_op, builder.binary_op, builder.ternary_op

    def unary_op(self: Any, arg: Any, op: Any) -> Any:
        if not _is_bf16(arg):
            return unary(self, arg, op)
        note(ARITHMETIC)
        return _result(op(widened(arg.data)), tl.bfloat16)

    def binary_op(self: Any, lhs: Any, rhs: Any, op: Any) -> Any:
        if not _is_bf16(lhs, rhs):
            return binary(self, lhs, rhs, op)
        note(ARITHMETIC)
        return _result(op(_operand(lhs), _operand(rhs)), lhs.dtype.scalar)

    def ternary_op(self: Any, lhs: Any, rhs: Any, other: Any, op: Any) -> Any:
        # A selection moves bits as they are; only what computes is widened.
        if op is np.where or not _is_bf16(lhs, rhs, other):
            return ternary(self, lhs, rhs, other, op)
        note(ARITHMETIC)
        return _result(op(_operand(lhs), _operand(rhs), _operand(other)), other.dtype.scalar)

    builder.unary_op, builder.binary_op, builder.ternary_op = unary_op, binary_op, ternary_op


def _mend_products(builder: Any, note: Note) -> None:
    """The fused product and sum, and the matrix product."""
    fma, dot = builder.create_fma, builder.create_dot

    def create_fma(self: Any, x: Any, y: Any, z: Any) -> Any:
        if z.dtype.scalar not in (tl.float16, tl.bfloat16, tl.float32):
            return fma(self, x, y, z)
        note(FUSED)
        product = _operand(x).astype(np.float64) * _operand(y)
        exact = product + _operand(z)
        if z.dtype.scalar == tl.bfloat16:
            return _result(exact, tl.bfloat16)
        return interpreter.TensorHandle(exact.astype(z.data.dtype), z.dtype.scalar)

    def create_dot(self: Any, a: Any, b: Any, d: Any, *options: Any) -> Any:
        if not _is_bf16(a, b, d):
            return dot(self, a, b, d, *options)
        note(ARITHMETIC)
        product = np.matmul(_operand(a), _operand(b), dtype=np.float32) + _operand(d)
        return _result(product, d.dtype.scalar)

    builder.create_fma, builder.create_dot = create_fma, create_dot


def _mend_casts(builder: Any, handle: Any, note: Note, refuse: Refuse) -> None:
    """Conversions to and from bfloat16, and its constants."""
    cast_impl, create_fp_to_fp = builder.cast_impl, builder.create_fp_to_fp

    def cast(self: Any, src: Any, dst_type: Any) -> Any:
        source, target = src.dtype.scalar, dst_type.scalar
        if tl.bfloat16 not in (source, target) or source == target:
            return cast_impl(self, src, dst_type)
        if target == tl.bfloat16:
            note(NARROWING)
            return handle(narrowed(src.data.astype(np.float32)), target)
        return handle(widened(src.data).astype(interpreter._get_np_dtype(target)), target)

    def fp_to_fp(self: Any, src: Any, dst_type: Any, rounding_mode: Any) -> Any:
        if src.dtype.scalar in _FP8 or dst_type.scalar in _FP8:
            refuse("converts 8-bit floats, which Triton's interpreter cuts instead of rounding")
        return create_fp_to_fp(self, src, dst_type, rounding_mode)

    def get_bf16(self: Any, value: float) -> Any:
        return handle(narrowed(np.array([value], dtype=np.float32)), tl.bfloat16)

    builder.cast_impl, builder.create_fp_to_fp, builder.get_bf16 = cast, fp_to_fp, get_bf16


def _mend_sums(note: Note) -> None:
    """Sums along an axis, running ones too."""
    to_tensor = interpreter.ReduceScanOpInterface.to_tensor
    reduce_sum, running_sum = interpreter.ReduceOps.sum, interpreter.ScanOps.cumsum

    def total(self: Any, input: Any) -> Any:
        if input.dtype != tl.bfloat16:
            return reduce_sum(self, input)
        note(SUMS)
        values = np.sum(widened(input.handle.data), axis=self.axis, keepdims=self.keep_dims)
        return to_tensor(self, narrowed(values), tl.bfloat16)

    def cumulated(self: Any, input: Any) -> Any:
        if input.dtype != tl.bfloat16:
            return running_sum(self, input)
        note(SUMS)
        return [to_tensor(self, narrowed(np.cumsum(widened(input.handle.data), axis=self.axis)), tl.bfloat16)]

    interpreter.ReduceOps.sum, interpreter.ScanOps.cumsum = total, cumulated


def _complete_constants() -> None:
    """Operators between a plain number and a constant of the module, which only the compiler knows how to take."""
    constant: Any = tl.constexpr
    for name in ("mod", "lshift", "rshift", "and", "or", "xor"):
        if not hasattr(constant, f"__r{name}__"):
            setattr(constant, f"__r{name}__", _reflected(getattr(operator, f"__{name}__")))


def _reflected(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        return tl.constexpr(operation(other, self.value))

    return method


def _refuse_the_rest(builder: Any, refuse: Refuse) -> None:
    """What the interpreter can't do, in words that say how to go on."""
    atomic_rmw = builder.create_atomic_rmw

    def inline_asm(self: Any, *_parts: Any) -> NoReturn:
        refuse("runs inline assembly, which Triton's interpreter can't; choose a path without it by a tl.constexpr "
               "that is off when triton.knobs.runtime.interpret is true")  # fmt: skip

    def extern(self: Any, *_parts: Any) -> NoReturn:
        refuse("calls an external library function, which Triton's interpreter can't; use tl.math instead")

    def no_libdevice(*_arguments: Any, **_options: Any) -> NoReturn:
        refuse("calls libdevice, which Triton's interpreter can't; use tl.math instead")

    def atomic(self: Any, operation: Any, pointer: Any, value: Any, *rest: Any) -> Any:
        if value.dtype.scalar == tl.bfloat16:
            refuse("adds bfloat16 atomically, which Triton's interpreter can't")
        return atomic_rmw(self, operation, pointer, value, *rest)

    builder.create_inline_asm, builder.create_extern_elementwise = inline_asm, extern
    builder.create_atomic_rmw = atomic
    for name, value in list(vars(libdevice).items()):
        if not name.startswith("_") and callable(value):
            setattr(libdevice, name, no_libdevice)
