"""What torch.compile makes of the submission, as a hidden test examines it: breaks, compilations, what stays eager.

    run = graphs.at("train").count(*arguments, promised=[Expected((20,), torch.float32)])
    assert not run.breaks and len(run.compiles) <= 30 and run.uncompiled_share <= 0.01
    graphs.tell(run)                                       # tables of breaks and of compilations in the report

Outputs are judged from bytes, as in every call. What is said of graphs comes out of the submission's own process, whose
counting functions are sealed, so a check that asks for it rests on the guest's word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from harness.errors import SubmissionFault
from harness.findings import Finding
from harness.graph_findings import breaks_by_place, compiles_by_frame, uncompiled_by_part
from harness.graph_parts import CountGraphs, GraphBreak, GraphCompile, GraphsCounted, Uncompiled
from harness.outcomes import Failure
from harness.plugin.candidate import Bench, Submission
from harness.plugin.kernel import Ledger
from harness.readings import Cause, Witness
from harness.sandbox.process import fresh_nonce
from harness.sandbox.staging import Argument, Expected


@dataclass(frozen=True, slots=True)
class GraphRun:
    """One counted call.

    Attributes:
        outputs: the judge's private copies of what came back.
        breaks: every place at which a graph broke, once.
        compiles: every compilation of a frame.
        graphs: graphs that Dynamo handed on to be compiled.
        compiled_operators: aten operators run inside of compiled regions.
        uncompiled: those run outside, by part and name.
        graph_operators: what the graphs call, as Dynamo wrote it.
        opaque: operators in the graphs that hide Python of the submission.
    """

    outputs: tuple[torch.Tensor, ...]
    breaks: tuple[GraphBreak, ...]
    compiles: tuple[GraphCompile, ...]
    graphs: int
    compiled_operators: int
    uncompiled: tuple[Uncompiled, ...]
    graph_operators: tuple[str, ...]
    opaque: tuple[str, ...]

    @property
    def uncompiled_operators(self) -> int:
        """How many operators were run outside of compiled regions."""
        return sum(one.times for one in self.uncompiled)

    @property
    def uncompiled_share(self) -> float:
        """Which share of all operators was run outside; all of them where none was run at all."""
        total = self.compiled_operators + self.uncompiled_operators
        return self.uncompiled_operators / total if total else 1.0

    def uncompiled_in(self, *parts: str) -> int:
        """Give how many operators ran outside while a module of one of these classes was at work."""
        return sum(one.times for one in self.uncompiled if one.part in parts)


class Graphs:
    """The `graphs` fixture of one test."""

    def __init__(self, bench: Bench, function: str | None, call_s: float, ledger: Ledger) -> None:
        self._bench = bench
        self._function = function
        self._call_s = call_s
        self._ledger = ledger

    def at(self, function: str) -> Graphs:
        """Give the same submission, called at another function of the driver."""
        return Graphs(self._bench, function, self._call_s, self._ledger)

    def count(self, *arguments: Argument, promised: Sequence[Expected]) -> GraphRun:
        """Call it once in a fresh process, and count.

        Whatever backend the submission asks for, graphs are run operator by operator there: breaks, guards and
        recompilations are the same, and it is quick. Settings by which the compiler's failures go unseen are held.

        Raises:
            SubmissionFault: as for `submission`; `integrity` where the seal is broken, `forbidden` where failures of
                the compiler were made unseen or a graph hides Python in an operator of its own, `compile` where the
                compiler failed or its limit of recompilations was hit.
        """
        self.rest_on_guest()
        name = Submission(self._bench, self._function, self._call_s).function
        answer, outputs = self._bench.counting().examine(
            lambda request: CountGraphs(fresh_nonce(), name, request), GraphsCounted, arguments, promised, self._call_s
        )
        _refuse_dishonest(answer)
        return GraphRun(
            outputs, answer.breaks, answer.compiles, answer.graphs, answer.compiled_operators, answer.uncompiled,
            answer.graph_operators, answer.opaque,
        )  # fmt: skip

    def rest_on_guest(self) -> None:
        """Say that the check of this test rests on the guest's word; for a run that an earlier test has counted."""
        self._ledger.rest_on(Witness.GUEST)

    def tell(self, run: GraphRun) -> None:
        """Show in the report where graphs broke, what was compiled again and why, and what stayed eager."""
        tellers: tuple[Callable[[], Finding], ...] = (
            lambda: breaks_by_place(run.breaks),
            lambda: compiles_by_frame(run.compiles),
            lambda: uncompiled_by_part(run.uncompiled, run.compiled_operators),
        )
        for tell in tellers:
            self._ledger.find(tell())


def _refuse_dishonest(answer: GraphsCounted) -> None:
    """Refuse a count that was tampered with, and a run in which failures could not be seen."""
    for cause, names, text in (
        (Cause.INTEGRITY, answer.broken, "what counts graphs is no longer what it was"),
        (Cause.FORBIDDEN, answer.hidden, "settings by which the compiler's failures go unseen were switched on"),
        (Cause.FORBIDDEN, answer.opaque, "graphs call operators of the submission's own, in which nothing is compiled"),
    ):
        if names:
            raise SubmissionFault(Failure(cause, f"{text}: {', '.join(names)}"))
    if answer.limit is not None:
        text = f"the limit of recompilations was hit, and what follows ran eagerly: {answer.limit}"
        raise SubmissionFault(Failure(Cause.COMPILE, text))
