"""Puts a counter in front of every way in which an interpreted kernel touches memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from triton.runtime import interpreter as _interpreter

# Its methods are replaced here, which a type checker won't have.
interpreter: Any = _interpreter

Count = Callable[[str, Any, Any], bool]


def meter_accesses(count: Count) -> None:
    """Ask `count(kind, pointers, mask)` before each access, for the rest of this process.

    All kinds of load and store (plain and masked, by block pointer, by descriptor) come down to two methods of the
    interpreter's builder; atomic operations to two others. Where `count` says no, a load gives zeros and a store is
    left out.
    """
    _meter_loads_and_stores(interpreter.InterpreterBuilder, count)
    _meter_atomics(interpreter.InterpreterBuilder, count)


def _meter_loads_and_stores(builder: Any, count: Count) -> None:
    load, store = builder.create_masked_load, builder.create_masked_store

    def masked_load(this: Any, pointers: Any, mask: Any, *rest: Any, **options: Any) -> Any:
        if count("load", pointers, _array(mask)):
            return load(this, pointers, mask, *rest, **options)
        return _zeros(pointers)

    def masked_store(this: Any, pointers: Any, value: Any, mask: Any, *rest: Any, **options: Any) -> Any:
        if count("store", pointers, _array(mask)):
            return store(this, pointers, value, mask, *rest, **options)
        return None

    builder.create_masked_load, builder.create_masked_store = masked_load, masked_store


def _meter_atomics(builder: Any, count: Count) -> None:
    rmw, cas = builder.create_atomic_rmw, builder.create_atomic_cas

    def atomic_rmw(this: Any, operation: Any, pointer: Any, value: Any, mask: Any, *rest: Any) -> Any:
        if count("atomic", pointer, _array(mask)):
            return rmw(this, operation, pointer, value, mask, *rest)
        return _zeros(pointer)

    def atomic_cas(this: Any, pointer: Any, *rest: Any) -> Any:
        if count("atomic", pointer, np.ones_like(pointer.data, dtype=bool)):
            return cas(this, pointer, *rest)
        return _zeros(pointer)

    builder.create_atomic_rmw, builder.create_atomic_cas = atomic_rmw, atomic_cas


def _array(mask: Any) -> Any:
    """Give the truth values of a mask; block pointers come with a bare array."""
    return mask if isinstance(mask, np.ndarray) else mask.data


def _zeros(pointers: Any) -> Any:
    element = pointers.get_element_ty()
    return interpreter.TensorHandle(
        np.zeros(np.shape(pointers.data), dtype=interpreter._get_np_dtype(element)), element
    )
