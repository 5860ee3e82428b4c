"""The submission's peak memory as a hidden test asks for it: measured from outside, recorded, drawn in the report.

    use = memory.at("train_step")(draw_arguments, promised, verify)     # a `MemoryUse`, in bytes
    memory.tell(use, "memory")                                          # memory over time, in the report

Every reading is of a call on fresh arguments, whose outputs are verified like any others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from harness.findings import Column, Finding
from harness.plugin.candidate import Bench, Submission
from harness.readings import Reading, Witness
from harness.sandbox.memory import MemoryUse
from harness.sandbox.staging import Arguments, Expected

_MIB = 1 << 20
_MOST_POINTS = 300


@dataclass(frozen=True, slots=True)
class Told:
    """Where a test's check is told its readings and its findings."""

    add: Callable[[Reading], None]
    find: Callable[[Finding], None]


class Memory:
    """The `memory` fixture of one test."""

    def __init__(self, bench: Bench, function: str | None, call_s: float, told: Told) -> None:
        self._bench = bench
        self._function = function
        self._call_s = call_s
        self._told = told

    def at(self, function: str) -> Memory:
        """Give the same meter for another function of the driver."""
        return Memory(self._bench, function, self._call_s, self._told)

    def __call__(
        self,
        draw_arguments: Callable[[], Arguments],
        promised: Sequence[Expected],
        verify: Callable[[Arguments, tuple[torch.Tensor, ...]], None],
        *,
        name: str = "memory",
    ) -> MemoryUse:
        """Measure one call and record what was seen, as readings that begin with `name`.

        Args:
            draw_arguments: gives fresh arguments, always of the same form; called twice.
            promised: form of each returned tensor; their bytes are no extra memory.
            verify: raises SubmissionFault when the outputs of the measured call are wrong.
            name: one word in snake case.

        Raises:
            SubmissionFault: whatever the call did wrong; or `integrity`, see `MemoryMeter.measure`.
            NotMeasured: this kernel does not let the judge measure.
        """
        function = Submission(self._bench, self._function, self._call_s).function
        arguments, use = self._bench.meter().measure(function, draw_arguments, promised, self._call_s)
        for reading in _readings(use, name):
            self._told.add(reading)
        verify(arguments, use.outputs)
        use.refuse_contradiction()
        return use

    def tell(self, use: MemoryUse, name: str = "memory_over_time") -> None:
        """Show in the report how memory came and went during the call."""
        step = -(-len(use.series) // _MOST_POINTS)
        rows = tuple((at_s, above / _MIB) for at_s, above in use.series[::step])
        columns = Column("time", "s"), Column("above rest", "MiB")
        note = f"seen every few milliseconds; the peak, by the kernel's mark, is {use.above_rest_bytes / _MIB:.1f} MiB"
        title = "memory of the submission during one call"
        self._told.find(Finding(name, title, columns, rows, Witness.JUDGE, is_series=True, note=note))


def _readings(use: MemoryUse, name: str) -> tuple[Reading, ...]:
    kept = f"{use.kept_bytes / _MIB:.1f} MiB of it were kept from before the call" if use.kept_bytes else None
    return (
        Reading(f"{name}_peak", use.above_rest_bytes / _MIB, "MiB", Witness.JUDGE, note=kept),
        Reading(f"{name}_extra", use.extra_bytes / _MIB, "MiB", Witness.JUDGE, note="the peak without the results"),
        Reading(f"{name}_allocator", use.allocator_bytes / _MIB, "MiB", Witness.GUEST, note="torch's own mark"),
    )
