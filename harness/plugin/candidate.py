"""The submission as a hidden test calls it, and the fresh pairs of processes that races and witnesses need."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from harness.errors import ManifestError, SubmissionFault
from harness.outcomes import Failure
from harness.plan import GradingPlan
from harness.plugin.functions import BASELINE_FILE, Functions
from harness.plugin.probes import Probes
from harness.race import Pair
from harness.readings import Cause
from harness.sandbox.guests import BASELINE, CANDIDATE, Guests
from harness.sandbox.memory import MemoryMeter
from harness.sandbox.modes import PLAIN, Modes
from harness.sandbox.session import CallResult, Session
from harness.sandbox.staging import Argument, Arguments, Expected
from harness.sandbox.world import World

PAIRS = 4
"""Pairs of fresh processes that a race runs over: each has a bias of its own, which more rounds don't average out."""

MOST_DEATHS = 6
"""A submission that has brought down this many guests is not started again; its last fault stands for the rest."""


class Bench:
    """Every guest of a grading, started when it is first needed and started anew when the submission has killed it."""

    def __init__(
        self,
        plan: GradingPlan,
        guests: Guests,
        functions: Functions,
        span: Callable[[str, float], None],
        device: str = "cpu",
    ) -> None:
        self._plan = plan
        self._guests = guests
        self.functions = functions
        self._span = span
        self._device = device
        self.probes = Probes(guests.generator, are_wanted=plan.driver is None)
        self._on_device: Bench | None = None
        self._candidates: list[Session] = []
        self._baselines: list[Session] = []
        self._recording: Session | None = None
        self._interpreting: Session | None = None
        self._counting: Session | None = None
        self._meter: MemoryMeter | None = None
        self._worlds: dict[tuple[int, int], World] = {}
        self._deaths = 0
        self._load_fault: SubmissionFault | None = None

    def on(self, lane: str) -> Bench:
        """Give the bench whose guests work on the device of a lane."""
        if lane == "cpu":
            return self
        self._on_device = self._on_device or Bench(self._plan, self._guests, self.functions, self._span, "cuda")
        return self._on_device

    def candidate(self) -> Session:
        """Give the first guest of the submission, alive and loaded."""
        self._candidates[:1] = [self._alive(self._candidates[0] if self._candidates else None)]
        return self._candidates[0]

    def recording(self) -> Session:
        """Give a guest of the submission in which the dispatcher's operators are recorded."""
        self._recording = self._alive(self._recording, Modes(record=True))
        return self._recording

    def interpreting(self) -> Session:
        """Give a guest of the submission in which Triton kernels are interpreted."""
        self._interpreting = self._alive(self._interpreting, Modes(interpret=True))
        return self._interpreting

    def counting(self) -> Session:
        """Give a fresh guest of the submission in which torch.compile's graphs are counted; nothing else ran there."""
        if self._counting is not None:
            self._counting.guest.close()
        self._counting = self._alive(None, Modes(count=True))
        return self._counting

    def meter(self) -> MemoryMeter:
        """Give the meter of a guest whose memory is measured; one that has ended gives way to a new one."""
        if self._meter is None or not self._meter.session.guest.is_alive:
            before = self._meter.session if self._meter is not None else None
            session = self._started(before, Modes(memory=True))
            self._meter = MemoryMeter(session)
        if not self._meter.session.is_loaded:
            self._load(self._meter.session)
        return self._meter

    def world(self, size: int) -> World:
        """Give so many ranks that hold the submission; a world that has failed gives way to a new one."""
        known = self._worlds.get((CANDIDATE, size))
        if known is None or known.is_over:
            session = self._alive(None, Modes(ranks=size))
            self._worlds[CANDIDATE, size] = known = World(session, size)
        return known

    def reference_world(self, size: int) -> World:
        """Give so many ranks that hold the baseline."""
        if (BASELINE, size) not in self._worlds:
            session = self._guests.start(BASELINE, modes=Modes(ranks=size), device=self._device)[0]
            self._load_baseline(session)
            self._worlds[BASELINE, size] = World(session, size)
        return self._worlds[BASELINE, size]

    def baseline(self) -> Session:
        """Give the first baseline guest."""
        self._fill_baselines(1)
        return self._baselines[0]

    def pairs(self) -> list[Pair]:
        """Give as many pairs of fresh processes as a race rests on; the same ones serve every race of a grading."""
        self.candidate()
        self._fill_baselines(PAIRS)
        self._candidates += self._guests.start(CANDIDATE, PAIRS - len(self._candidates), device=self._device)
        self._candidates = [self._alive(session) for session in self._candidates]
        return [Pair(*sides) for sides in zip(self._candidates, self._baselines, strict=True)]

    def _fill_baselines(self, count: int) -> None:
        for session in self._guests.start(BASELINE, count - len(self._baselines), device=self._device):
            self._load_baseline(session)
            self._baselines.append(session)

    def _load_baseline(self, session: Session) -> None:
        if not self.functions.baseline:
            raise ManifestError(BASELINE_FILE, ("is missing or has no function, and a hidden test asks for it",))
        functions, load_s = self.functions.baseline, self._plan.limits.load_s
        session.load(BASELINE_FILE, functions, load_s, driven=self.functions.driven)

    def _alive(self, session: Session | None, modes: Modes = PLAIN) -> Session:
        """Give a session that lives and has loaded the submission: the one given, or a new one in its place."""
        session = self._started(session, modes)
        if not session.is_loaded:
            self._load(session)
        return session

    def _started(self, session: Session | None, modes: Modes) -> Session:
        """Give a session that lives, the one given or a new one, which has loaded nothing yet."""
        if self._load_fault is not None:
            raise self._load_fault
        if session is not None and not session.guest.is_alive:
            session.guest.close()
            session = None
            self._deaths += 1
        # Each file of a folder stands or falls by itself: one guest a check may die before the rest is given up.
        most = MOST_DEATHS if self._plan.entry_file else max(MOST_DEATHS, len(self._plan.checks))
        if self._deaths >= most:
            message = f"its process has ended {self._deaths} times before it answered and is not started again"
            raise SubmissionFault(Failure(Cause.CRASHED, message))
        return session or self._guests.start(CANDIDATE, modes=modes, device=self._device)[0]

    def _load(self, session: Session) -> None:
        try:
            functions, load_s = self.functions.candidate, self._plan.limits.load_s
            taken_s = session.load(self._plan.entry_file, functions, load_s, driven=self.functions.driven)
        except SubmissionFault as fault:
            self._load_fault = fault
            raise
        self._span("load the submission", taken_s)


class Submission:
    """One function of the submission (or of the driver), called in its guest: `submission(a, b, shape=(m, n))`.

    Every call stages fresh inputs at the same addresses, poisons the room for the output, and refuses wrong types,
    shapes, dtypes and devices, changed inputs and memory written beside them, before the test sees a value.
    """

    def __init__(self, bench: Bench, function: str | None, call_s: float) -> None:
        self._bench = bench
        self._function = function
        self.call_s = call_s

    @property
    def function(self) -> str:
        """Its name.

        Raises:
            ManifestError: it is no function that can be called here, or the test had to name one with `at`.
        """
        known = self._bench.functions.candidate
        if self._function not in known:
            wanted = "no function" if self._function is None else repr(self._function)
            raise ManifestError("hidden tests", (f"a test calls {wanted}; there is {', '.join(known) or 'none'}",))
        return self._function

    def at(self, function: str) -> Submission:
        """Give the same submission, called at another function."""
        return Submission(self._bench, function, self.call_s)

    def __call__(
        self, *arguments: Argument, shape: Sequence[int], dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:  # fmt: skip
        """Call it once and give a private copy of the tensor that it returned.

        Raises:
            SubmissionFault: whatever it did wrong.
        """
        return self.calls([arguments], Expected(tuple(shape), dtype)).outputs[0][0]

    def calls(self, batch: Sequence[Arguments], *promised: Expected) -> CallResult:
        """Call it once for each of `batch` in one frame; every call returns tensors as promised.

        Decoys and repetitions surround it, see `probes`.
        """

        def call(given: Sequence[Arguments]) -> CallResult:
            return self._bench.candidate().call(self.function, given, promised, self.call_s)

        return self._bench.probes.around(call, batch)

    def operators(self, batch: Sequence[Arguments], *promised: Expected) -> tuple[str, ...]:
        """Call it in a guest that records what the dispatcher sees; the guest's word, good for a message."""
        return self._bench.recording().call(self.function, batch, promised, self.call_s).operators
