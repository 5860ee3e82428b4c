"""Frozen measured facts, with their unit and with who witnessed them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Witness(StrEnum):
    """Who saw a fact: only what the judge saw may earn points by itself."""

    JUDGE = "judge"
    GUEST = "guest"
    STATIC = "static"


class Cause(StrEnum):
    """Why a check failed: one word, each with a message of its own."""

    SHAPE = "shape"
    DTYPE = "dtype"
    STRIDE = "stride"
    DEVICE = "device"
    VALUES = "values"
    NAN = "nan"
    INPUT_MUTATED = "input_mutated"
    SYNTAX = "syntax"
    IMPORT = "import"
    COMPILE = "compile"
    RUNTIME = "runtime"
    ILLEGAL_ACCESS = "illegal_access"
    OUT_OF_MEMORY = "out_of_memory"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    TOO_SLOW = "too_slow"
    TOO_MUCH_MEMORY = "too_much_memory"
    FORBIDDEN = "forbidden"
    PROTOCOL = "protocol"
    INTEGRITY = "integrity"


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured fact.

    Attributes:
        name: what was measured, in snake case (`speedup`, `candidate_wall`).
        value: the figure; the median where there are samples.
        unit: its unit (`x` for a ratio, `s`, `MiB`, `count` ...).
        witness: who saw it.
        low: low end of the 95 % interval, where there is one.
        high: high end of the 95 % interval, where there is one.
        samples: every single sample, in the order in which they were taken.
        note: one sentence on how it was taken, where that matters.
    """

    name: str
    value: float
    unit: str
    witness: Witness
    low: float | None = None
    high: float | None = None
    samples: tuple[float, ...] = ()
    note: str | None = None

    def __post_init__(self) -> None:
        """Refuse a reading that says nothing: NaN, Inf, half an interval, an interval beside its value."""
        if not math.isfinite(self.value):
            raise ValueError(f"reading {self.name!r} is {self.value}: a reading is a finite number or it is not taken")
        if (self.low is None) != (self.high is None):
            raise ValueError(f"reading {self.name!r} has half an interval: low={self.low}, high={self.high}")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise ValueError(f"reading {self.name!r}: {self.value} lies outside {self.low} to {self.high}")
