"""Ranks of one torch.distributed group as a hidden test calls them: as many as it gives lists of arguments.

    result = world("train", [(tokens_0, labels_0), (tokens_1, labels_1)], Expected((20,), torch.float32))
    result.outputs[1][0]                                   # what rank 1 returned, the judge's copy
    expected = world.reference("train", [(tokens, labels)], Expected((20,), torch.float32))   # of `baseline.py`

Ranks stay for the next call of a world of their size, so a driver sets up anew whatever a call is to start from.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.plugin.candidate import Bench, Submission
from harness.sandbox.staging import Arguments, Expected
from harness.sandbox.world import WorldResult


class Worlds:
    """The `world` fixture of one test."""

    def __init__(self, bench: Bench, call_s: float) -> None:
        self._bench = bench
        self._call_s = call_s

    def __call__(self, function: str, by_rank: Sequence[Arguments], *promised: Expected) -> WorldResult:
        """Call a function of the submission (or of the driver) on all ranks at a time, rank k with `by_rank[k]`.

        Raises:
            SubmissionFault: a rank raised, died, hung or lied; the message names it.
        """
        name = Submission(self._bench, function, self._call_s).function
        return self._bench.world(len(by_rank)).call(name, by_rank, promised, self._call_s)

    def reference(self, function: str, by_rank: Sequence[Arguments], *promised: Expected) -> WorldResult:
        """Call the same on ranks that hold `baseline.py`, which never saw the submission.

        Raises:
            JudgeError: it failed, which costs the submission nothing.
        """
        return self._bench.reference_world(len(by_rank)).call(function, by_rank, promised, self._call_s)
