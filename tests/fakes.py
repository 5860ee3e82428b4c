"""Stand-ins for guests and for /proc: every time and every answer is scripted, so decisions are tested to the digit."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.errors import SubmissionFault
from harness.outcomes import Failure
from harness.race import Contest, Pair, race
from harness.race_result import RaceResult
from harness.readings import Cause
from harness.sandbox.session import CallResult
from harness.sandbox.staging import Arguments, Expected

LOOKS_A_FRAME = 5
CANDIDATE_WARM_UP, BASELINE_WARM_UP = 3, 2
WARM_UP_FRAMES = 3 * (CANDIDATE_WARM_UP + BASELINE_WARM_UP)

Script = Callable[[int], float]
"""Seconds of one call, by the number of the frame of its guest."""


class FakeClock:
    """A clock that only the fake guests advance; stands in for the module `time`."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame that a fake guest was asked."""

    guest: str
    function: str
    arguments: tuple[Arguments, ...]
    deadline_s: float
    watched: bool


class FakeGuest:
    """The process behind a fake session: a name, and the ids under which its threads would be found."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.pids: set[int] = set()

    def members(self) -> set[int]:
        return self.pids


class FakeSession:
    """A session whose calls cost what `call_s(frame)` says, `frame` counting the frames of this guest from 0.

    `answer(frame, arguments)` gives the outputs of one call; a frame that costs more than its deadline is a timeout.
    """

    def __init__(
        self, name: str, clock: FakeClock, journal: list[Frame], call_s: Script, stop_s: float = 0.001
    ) -> None:  # fmt: skip
        self.guest = FakeGuest(name)
        self.call_s = call_s
        self.stop_s = stop_s
        self.fits = 64
        self.device = "cpu"
        self.hand_over_s = 0.0
        self.answer: Callable[[int, Arguments], tuple[torch.Tensor, ...]] = lambda _, arguments: (arguments[0],)
        self._clock = clock
        self._journal = journal
        self._frames = 0

    def call(
        self,
        function: str,
        batch: Sequence[Arguments],
        promised: Sequence[Expected],
        deadline_s: float,
        look: Callable[[], None] | None = None,
    ) -> CallResult:
        frame, self._frames = self._frames, self._frames + 1
        self._journal.append(Frame(self.guest.name, function, tuple(batch), deadline_s, look is not None))
        wall_s = len(batch) * self.call_s(frame)
        self._clock.now_s += min(wall_s, deadline_s)
        if wall_s > deadline_s:
            raise SubmissionFault(Failure(Cause.TIMEOUT, f"no answer within {deadline_s:.0f} s"))
        for _ in range(LOOKS_A_FRAME if look is not None else 0):
            look()
        outputs = tuple(self.answer(frame, arguments) for arguments in batch)
        return CallResult(outputs, wall_s, self.stop_s, ())

    def nothing_s(self, promised: Sequence[Expected] = (), calls: int = 0) -> float:
        return 0.0004 + calls * self.hand_over_s

    def calls_that_fit(self, arguments: Arguments, promised: Sequence[Expected]) -> int:
        return self.fits


@dataclass
class Course:
    """All of one scripted race: guests that share a clock and a journal. The candidate is four times as fast."""

    clock: FakeClock = field(default_factory=FakeClock)
    journal: list[Frame] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        numbers = itertools.count()
        self.candidates = self._sessions("candidate", 0.0125)
        self.baselines = self._sessions("baseline", 0.05)
        self.settings: dict[str, Any] = {
            "candidate": "mine", "baseline": "matmul", "draw": lambda: (torch.tensor([next(numbers)]),),
            "promised": (Expected((1,), torch.int64),), "verify": self._verify, "tiers": (2.0,),
        }  # fmt: skip

    def _sessions(self, name: str, call_s: float) -> list[FakeSession]:
        return [FakeSession(f"{name} {number}", self.clock, self.journal, lambda _: call_s) for number in range(3)]

    @staticmethod
    def _verify(arguments: Arguments, outputs: tuple[torch.Tensor, ...]) -> None:
        if not torch.equal(arguments[0], outputs[0]):
            raise SubmissionFault(Failure(Cause.VALUES, "wrong"))

    def script(self, candidate_s: Script) -> None:
        for session in self.candidates:
            session.call_s = candidate_s

    def run(self, *, seed: int = 1, **settings: Any) -> RaceResult:
        pairs = [Pair(*sides) for sides in zip(self.candidates, self.baselines, strict=True)]
        return race(pairs, Contest(**(self.settings | settings)), random.Random(seed), self.said.append)

    def fault(self, **settings: Any) -> Failure:
        with pytest.raises(SubmissionFault) as fault:
            self.run(**settings)
        return fault.value.failure

    def rounds(self) -> list[list[Frame]]:
        """The three timed frames of each round."""
        timed = [frame for frame in self.journal if not frame.watched][WARM_UP_FRAMES:]
        return [timed[start : start + 3] for start in range(0, len(timed), 3)]

    def watched(self) -> list[tuple[int, Frame]]:
        """Each watched frame of a candidate, with the number of timed frames of rounds that came before it."""
        found, timed = [], -WARM_UP_FRAMES
        for frame in self.journal:
            if frame.watched and frame.function == "mine":
                found.append((timed, frame))
            timed += not frame.watched
        return found


@dataclass(slots=True)
class FakeProc:
    """A folder that `harness.sandbox.whereabouts` reads in place of /proc, one thread a process."""

    root: Path

    def install(self, monkeypatch: pytest.MonkeyPatch) -> FakeProc:
        monkeypatch.setattr("harness.sandbox.whereabouts.Path", lambda path: self.root / path.lstrip("/"))
        monkeypatch.setattr("harness.sandbox.procfs.threads", lambda pid: [pid])
        return self

    def process(self, pid: int, maps: str, counter: int, memory: bytes | None = None) -> int:
        """Give a process these mappings, a thread that was stopped at `counter`, and these bytes from there on."""
        folder = self.root / "proc" / str(pid)
        thread = folder / "task" / str(pid)
        thread.mkdir(parents=True, exist_ok=True)
        (folder / "maps").write_text(maps)
        (thread / "syscall").write_text(f"-1 0x7ffc0000 {counter:#x}\n")
        if memory is not None:
            with (folder / "mem").open("wb") as file:
                file.seek(counter)
                file.write(memory)
        return pid
