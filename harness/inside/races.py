"""Finds memory that two programs of one launch use, and at least one of them writes: on a GPU nobody knows the order.

The interpreter runs programs one after the other and so hides it. What counts is the first byte of each element, and a
plain store; atomic operations are what such programs should use. Two programs that write the same value are counted
too: whether that is meant can't be seen here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.int32]]
NOBODY, MANY = 0, -1


class Races:
    """Who has read and who has written which element of one memory, in one launch; programs are numbered from 1."""

    def __init__(self, size_bytes: int) -> None:
        self._writers = np.zeros(size_bytes, dtype=np.int32)
        self._readers = np.zeros(size_bytes, dtype=np.int32)
        self._raced = np.zeros(size_bytes, dtype=np.uint8)

    def access(self, kind: str, offsets: Any, size: int, program: int) -> None:
        """Take in one load or store of elements of `size` bytes."""
        if kind == "load":
            self._raced[offsets[self._others(self._writers[offsets], program)]] = size
            readers = self._readers[offsets]
            self._readers[offsets] = np.where((readers == NOBODY) | (readers == program), program, MANY)
        elif kind == "store":
            others = self._others(self._writers[offsets], program) | self._others(self._readers[offsets], program)
            self._raced[offsets[others]] = size
            self._writers[offsets] = program

    @property
    def raced_bytes(self) -> int:
        """Bytes of the elements that programs race for."""
        return int(self._raced.sum(dtype=np.int64))

    @staticmethod
    def _others(numbers: Numbers, program: int) -> Any:
        """Where somebody else was here before."""
        return (numbers != NOBODY) & (numbers != program)
