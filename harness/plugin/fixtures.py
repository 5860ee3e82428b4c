"""The fixtures of hidden tests: the submission, secret randomness, races, and witnesses of where its time goes."""

from __future__ import annotations

import functools
import hashlib
import random
import time
from collections.abc import Callable, Iterable, Sequence

import pytest
import torch

from harness.errors import NotMeasured
from harness.findings import Finding
from harness.plan import GradingPlan
from harness.plugin.candidate import Bench, Submission
from harness.plugin.entries import record_benchmark
from harness.plugin.graphs import Graphs
from harness.plugin.kernel import Kernel, Ledger
from harness.plugin.memory import Memory, Told
from harness.plugin.recorder import Recorder
from harness.plugin.worlds import Worlds
from harness.race import Contest, race
from harness.race_result import RaceResult
from harness.readings import Reading
from harness.sandbox.guests import Guests
from harness.sandbox.session import Session
from harness.sandbox.staging import Arguments, Expected
from harness.sandbox.witness import LEAST_SAMPLES, LONGEST_WATCH_S, LibraryWitness

_BUSY_CALL_S, _BUSY_FRAME_S = 0.02, 0.1
"""A watched call lasts so long that it is not mostly talk; a frame of them is worth some thirty looks."""


def check_of(node: pytest.Item) -> str:
    """Give the id of the check that a test speaks for."""
    marker = node.get_closest_marker("check")
    return str(marker.args[0]) if marker is not None and marker.args else ""


class Fixtures:
    """Fixtures bound to one grading; an instance is registered as a plugin of its pytest run."""

    def __init__(
        self, plan: GradingPlan, guests: Guests, bench: Bench, recorder: Recorder, progress: Callable[[str], None]
    ) -> None:
        self._plan = plan
        self._guests = guests
        self._bench = bench
        self._recorder = recorder
        self._progress = progress

    @pytest.fixture
    def draw(self, request: pytest.FixtureRequest) -> torch.Generator:
        """Give a generator that nobody outside the judge can foresee, its own for every test."""
        name = request.node.nodeid.rpartition("/")[2]
        digest = hashlib.sha256(self._plan.seed + name.encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)

    @pytest.fixture
    def submission(self, request: pytest.FixtureRequest) -> Submission:
        """Give the submission's function, to be called in its guest, on the device of the check's lane."""
        bench = self._bench.on(self._recorder.plan(check_of(request.node)).lane)
        return Submission(bench, self._plan.function, self._plan.limits.call_s)

    @pytest.fixture
    def report(self, request: pytest.FixtureRequest) -> Callable[[Reading], None]:
        """Give a function that adds a reading to the check of this test."""
        check = check_of(request.node)
        return lambda reading: self._recorder.add(check, reading)

    @pytest.fixture
    def found(self, request: pytest.FixtureRequest) -> Callable[[Finding], None]:
        """Give a function that adds a finding, a table or a series, to the check of this test."""
        return functools.partial(self._recorder.find, check_of(request.node))

    @pytest.fixture
    def race(self, request: pytest.FixtureRequest, draw: torch.Generator) -> Callable[..., RaceResult]:
        """Give a function that races the submission against a function of `baseline.py` and records what it finds.

        `race(baseline, draw_arguments, promised, verify, function=None, forbidden=(), flop_count=None, budget_s=60.0)`;
        the tiers are the check's; `function` is the submission's, unless it is the one that the manifest names.
        """
        check = check_of(request.node)
        rng = random.Random(int(torch.randint(1 << 62, (), generator=draw)))

        def run(
            baseline: str,
            draw_arguments: Callable[[], Arguments],
            promised: Sequence[Expected],
            verify: Callable[[Arguments, tuple[torch.Tensor, ...]], None],
            *,
            function: str | None = None,
            forbidden: Sequence[str] = (),
            flop_count: float | None = None,
            budget_s: float = 60.0,
        ) -> RaceResult:
            self._refuse_untrusted("speed")
            plan = self._recorder.plan(check)
            contest = Contest(
                candidate=self._named(function), baseline=baseline, draw=draw_arguments, promised=tuple(promised),
                verify=verify, tiers=plan.tiers, forbidden=tuple(forbidden),
                flop_count=flop_count, call_s=self._plan.limits.call_s, budget_s=budget_s,
            )  # fmt: skip
            result = race(
                self._bench.on(plan.lane).pairs(), contest, rng, lambda text: self._progress(f"{check}: {text}")
            )
            for reading in result.readings:
                self._recorder.add(check, reading)
            record_benchmark(request.getfixturevalue("benchmark"), check, result)
            return result

        return run

    @pytest.fixture
    def library_share(self, request: pytest.FixtureRequest) -> Callable[..., float]:
        """Give a function that tells which share of the submission's time passes in a library routine.

        `library_share(cases, forbidden)`: `cases` are pairs of (arguments, promised), small ones first; the first one
        that keeps a frame busy for long enough is used. `forbidden` names functions of `baseline.py`, which are called
        on the last one. It raises SubmissionFault with cause `forbidden` when the share is above
        `witness.MOST_LIBRARY_SHARE`.
        """
        check = check_of(request.node)

        def run(cases: Iterable[tuple[Arguments, Sequence[Expected]]], forbidden: Sequence[str]) -> float:
            self._refuse_untrusted("rules")
            witness, call_s = LibraryWitness(forbidden), self._plan.limits.call_s
            candidate, function = self._bench.candidate(), self._named(None)
            known = list(cases)
            largest, form = known[-1]
            witness.calibrate(self._bench.baseline(), [largest], form, call_s)
            batch, promised = _busy_batch(candidate, function, known, call_s)
            deadline = time.monotonic() + LONGEST_WATCH_S
            while witness.seen.count < LEAST_SAMPLES and time.monotonic() < deadline:
                witness.watch(candidate, function, batch, promised, call_s)
            self._recorder.add(check, witness.reading())
            witness.refuse_library_time()
            return witness.share

        return run

    @pytest.fixture
    def kernel(self, request: pytest.FixtureRequest) -> Kernel:
        """Give the submission's Triton kernels, to be interpreted and compiled where there is no GPU."""
        check = check_of(request.node)
        rest_on, find = (functools.partial(told, check) for told in (self._recorder.rest_on, self._recorder.find))
        return Kernel(self._bench, self._plan, self._plan.function, Ledger(rest_on, find))

    @pytest.fixture
    def graphs(self, request: pytest.FixtureRequest) -> Graphs:
        """Give what torch.compile makes of the submission: breaks, compilations, operators that stay eager."""
        check = check_of(request.node)
        rest_on, find = (functools.partial(told, check) for told in (self._recorder.rest_on, self._recorder.find))
        bench = self._bench.on(self._recorder.plan(check).lane)
        return Graphs(bench, self._plan.function, self._plan.limits.call_s, Ledger(rest_on, find))

    @pytest.fixture
    def memory(self, request: pytest.FixtureRequest) -> Memory:
        """Give the meter of the submission's peak memory, on the device of the check's lane."""
        check = check_of(request.node)
        self._refuse_untrusted("memory")
        add, find = (functools.partial(told, check) for told in (self._recorder.add, self._recorder.find))
        bench = self._bench.on(self._recorder.plan(check).lane)
        return Memory(bench, self._plan.function, self._plan.limits.call_s, Told(add, find))

    @pytest.fixture
    def world(self, request: pytest.FixtureRequest) -> Worlds:
        """Give ranks of one torch.distributed group that hold the submission, and others that hold the baseline."""
        bench = self._bench.on(self._recorder.plan(check_of(request.node)).lane)
        return Worlds(bench, self._plan.limits.call_s)

    def _named(self, function: str | None) -> str:
        """Give the name of a function of the submission, the manifest's unless another one is meant."""
        return Submission(self._bench, function or self._plan.function, self._plan.limits.call_s).function

    def _refuse_untrusted(self, what: str) -> None:
        """Without a sandbox the judge's secrets are within reach: speed and rules earn only where that is trusted."""
        if self._guests.isolation != "bubblewrap" and not self._plan.trust_submission:
            raise NotMeasured(
                f"checks of {what} need a sandbox here (isolation: {self._guests.isolation}); install bubblewrap, or "
                "pass --trust-submission if the submission is your own"
            )


def _busy_batch(
    session: Session, function: str, cases: Iterable[tuple[Arguments, Sequence[Expected]]], call_s: float
) -> tuple[list[Arguments], Sequence[Expected]]:
    """Give the first case, repeated as often as a frame can hold it, that keeps a guest busy."""
    for arguments, promised in cases:
        # The fastest of a few: on a busy machine a single short call may seem long.
        one_s = session.call(function, [arguments], promised, call_s).wall_s
        for _ in range(4 if one_s < 1.0 else 0):
            one_s = min(one_s, session.call(function, [arguments], promised, call_s).wall_s)
        if one_s >= _BUSY_CALL_S:
            break
    calls = min(session.calls_that_fit(arguments, promised), 1 + round(_BUSY_FRAME_S / one_s))
    batch = [arguments] * calls
    return batch, promised
