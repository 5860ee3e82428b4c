"""A world: the ranks of one torch.distributed group, in one sandbox, that hold a submission and are called together.

All ranks live in one guest (`harness.inside.ranks` forks them), so that a world is frozen, bounded and ended as one,
has a loopback of its own that no other world shares, and takes no port of this machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from harness.sandbox.session import Session
from harness.sandbox.staging import Arguments, Expected


@dataclass(frozen=True, slots=True)
class WorldResult:
    """What the ranks returned for one call of all.

    Attributes:
        outputs: for each rank its returned tensors, private copies of the judge.
        wall_s: the judge's time until the slowest rank had answered.
    """

    outputs: tuple[tuple[torch.Tensor, ...], ...]
    wall_s: float


class World:
    """So many ranks that have loaded one submission.

    Attributes:
        size: number of ranks.
        is_over: whether it has failed; its ranks are ended then, and it takes a new world to call them again.
    """

    def __init__(self, session: Session, size: int) -> None:
        self.session = session
        session.has_ranks = True
        self.size = size
        self.is_over = False

    def call(
        self, function: str, by_rank: Sequence[Arguments], promised: Sequence[Expected], call_s: float
    ) -> WorldResult:  # fmt: skip
        """Call `function` on all ranks at a time, rank k with `by_rank[k]`; all return what `promised` says.

        Raises:
            ValueError: there are more or fewer arguments than ranks.
            SubmissionFault: a rank raised, died, hung or lied (`Session.call`); the message names it.
        """
        if len(by_rank) != self.size:
            raise ValueError(f"a world of {self.size} ranks was given the arguments of {len(by_rank)}")
        try:
            result = self.session.call(function, by_rank, promised, call_s)
        except BaseException:
            self.is_over = True
            self.session.guest.close()
            raise
        return WorldResult(result.outputs, result.wall_s)
