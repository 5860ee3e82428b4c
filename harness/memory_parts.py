"""Messages by which a guest is brought to rest before its memory is measured, and tells its allocator's own mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from harness.fields import boolean, integer


@dataclass(frozen=True, slots=True)
class Settle:
    """Give back all memory that nobody uses, and touch the bytes of both segments that the next call will use.

    With `watch` the allocator is watched from now on, until the next `Settle`. Only a guest that was started to have
    its memory measured is asked this.
    """

    nonce: int
    inputs_bytes: int
    outputs_bytes: int
    watch: bool

    SPEC: ClassVar[dict[str, Any]] = {
        "nonce": integer(0, 1 << 62),
        "inputs_bytes": integer(0, 1 << 46),
        "outputs_bytes": integer(0, 1 << 46),
        "watch": boolean(),
    }


@dataclass(frozen=True, slots=True)
class Settled:
    """It is at rest; `highest_bytes` is what its allocator gave out at most since the last `Settle`, if it watched."""

    nonce: int
    highest_bytes: int

    SPEC: ClassVar[dict[str, Any]] = {"nonce": integer(0, 1 << 62), "highest_bytes": integer(0, 1 << 46)}
