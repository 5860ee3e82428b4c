"""Measures the peak memory of one call of a guest: by the judge from outside, and by the guest's own allocator.

rest      after freed memory was given back and both segments were mapped, the guest standing
peak      the most that was held during the call
given     bytes of the returned tensors
kept      what the guest holds at rest beyond a clean one: a workspace that was made before anybody looked
extra     peak - rest - given + kept
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from harness.errors import SubmissionFault
from harness.memory_parts import Settle, Settled
from harness.outcomes import Failure
from harness.readings import Cause
from harness.sandbox.process import fresh_nonce
from harness.sandbox.resident import DeviceBytes, HostMemory, Place, Watch
from harness.sandbox.session import Session
from harness.sandbox.staging import Arguments, Expected

ALLOWED_AT_REST_BYTES = 24 << 20
"""Imports, thread stacks and the libraries' own buffers of an honest submission stay below this."""

LEAST_GAP_BYTES, GAP_SHARE = 48 << 20, 0.25
"""Two witnesses contradict each other when they differ by more than both: libraries have buffers of their own."""

_SETTLE_S = 30.0


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Peak memory of one call, in bytes; see the module's legend.

    Attributes:
        rest_bytes: held at rest, before the call.
        peak_bytes: the most that was held during the call.
        given_bytes: size of the returned tensors.
        kept_bytes: held at rest beyond a clean guest and what is allowed.
        allocator_bytes: the allocator's own high-water mark in a call like it, above rest: the guest's word.
        series: seconds since the call began, and bytes above rest then.
        outputs: the returned tensors, the judge's copies.
    """

    rest_bytes: int
    peak_bytes: int
    given_bytes: int
    kept_bytes: int
    allocator_bytes: int
    series: tuple[tuple[float, int], ...]
    outputs: tuple[torch.Tensor, ...]

    @property
    def above_rest_bytes(self) -> int:
        """The peak above rest, results included, with what was kept beforehand."""
        return max(0, self.peak_bytes - self.rest_bytes) + self.kept_bytes

    @property
    def extra_bytes(self) -> int:
        """What the call needed beside its results."""
        return max(0, self.above_rest_bytes - self.given_bytes)

    def refuse_contradiction(self) -> None:
        """Refuse a figure on which its two witnesses do not agree.

        Raises:
            SubmissionFault: with cause `integrity`.
        """
        seen, told = self.above_rest_bytes, self.allocator_bytes
        if abs(seen - told) <= max(LEAST_GAP_BYTES, GAP_SHARE * max(seen, told)):
            return
        message = (
            "the judge saw much less memory than torch's allocator gave out: it was kept from view"
            if told > seen
            else "the judge saw much more memory than torch's allocator gave out: use tensors for all that you compute"
        )
        raise SubmissionFault(Failure(Cause.INTEGRITY, message, f"about {_mib(told)}", _mib(seen)))


class MemoryMeter:
    """Measures calls of one guest that was started for it; made before anything is loaded, to see a clean guest."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._place: Place = DeviceBytes() if session.device == "cuda" else HostMemory(session.guest)
        self._settle((0, 0))
        self._clean_bytes = self._place.private_bytes()

    def measure(
        self, function: str, draw: Callable[[], Arguments], promised: Sequence[Expected], call_s: float
    ) -> tuple[Arguments, MemoryUse]:
        """Call `function` twice on fresh arguments of one form, and give those of the second call and what it used.

        In the first one the allocator is watched; it also brings in what libraries keep. The second one is measured
        from outside, and is free of the watch's own memory.

        Raises:
            SubmissionFault: as for `Session.call`; or `integrity`: the kernel's mark was reset meanwhile.
            NotMeasured: this kernel does not let the judge measure.
        """
        arguments = draw()
        room = self.session.room_for(arguments, promised)
        self._settle(room, watch=True)
        self.session.call(function, [arguments], promised, call_s)
        allocator_bytes = self._settle(room)
        arguments = draw()
        before = self._place.look(0.0).held_bytes
        kept_bytes = self._kept_bytes(room)
        with Watch(self._place) as watch:
            outputs = self.session.call(function, [arguments], promised, call_s).outputs[0]
        series = tuple((look.at_s, max(0, look.held_bytes - before)) for look in watch.looks)
        given_bytes = sum(one.size_bytes for one in promised)
        return arguments, MemoryUse(
            before, watch.peak_bytes(), given_bytes, kept_bytes, allocator_bytes, series, outputs
        )  # fmt: skip

    def _kept_bytes(self, room: tuple[int, int]) -> int:
        """Give what is held at rest beyond a clean guest, the mapped segments and what is allowed."""
        mapped_bytes = 0 if self.session.device == "cuda" else sum(room)
        grown = self._place.private_bytes() - self._clean_bytes - mapped_bytes
        return max(0, grown - ALLOWED_AT_REST_BYTES)

    def _settle(self, room: tuple[int, int], *, watch: bool = False) -> int:
        """Bring the guest to rest, and give what its allocator gave out at most since the last time."""
        answer = self.session.guest.ask(Settle(fresh_nonce(), *room, watch), _SETTLE_S).answer
        if not isinstance(answer, Settled):
            raise self.session.guest.fault(Cause.PROTOCOL, "answered something else than that it is at rest")
        return answer.highest_bytes


def _mib(size_bytes: float) -> str:
    return f"{size_bytes / (1 << 20):.1f} MiB"
