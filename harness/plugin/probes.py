"""Probes around the calls of hidden tests: what was called before, and how often, must not matter.

Before a call whose values a test is going to judge, the same function is called on a decoy: the same tensors at the
same addresses, with two elements of each exchanged. A decoy has the shape, strides, version, first and last elements,
sum and extremes of the real input, and another answer. Whoever keeps results by any of these gives the decoy's answer
to the test. Behind a few calls the same inputs are given again, and must get the same answer.

No author writes anything for this. It is left out where a driver stands between test and submission, since a driver's
functions may keep a state on purpose, and once it has cost `MOST_PROBING_S`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import torch

from harness.errors import SubmissionFault
from harness.outcomes import Failure
from harness.readings import Cause
from harness.sandbox.session import CallResult
from harness.sandbox.staging import Argument, Arguments, shapes_of

MOST_PROBING_S = 6.0
_RERUNS = 6
_SAME = 1e-3
"""Sums in another order differ by far less than this share of the largest element; leftovers and skips by more."""

_FEWEST_ELEMENTS = 4


Call = Callable[[Sequence[Arguments]], CallResult]
"""Calls the function once for each of a batch."""


class Probes:
    """The probes of one grading; `generator` draws which elements change places."""

    def __init__(self, generator: torch.Generator, *, are_wanted: bool) -> None:
        self._generator = generator
        self._left_s = MOST_PROBING_S if are_wanted else 0.0
        self._reruns_left = _RERUNS

    def around(self, call: Call, batch: Sequence[Arguments]) -> CallResult:
        """Call with a decoy in front, and now and then with the same inputs again behind.

        Raises:
            SubmissionFault: whatever the call did wrong, or another answer to the same inputs.
        """
        if self._left_s <= 0:
            return call(batch)
        start = time.monotonic()
        self._call_decoy(call, batch)
        result = call(batch)
        if self._reruns_left > 0:
            self._reruns_left -= 1
            self._refuse_another_answer(result, call(batch), batch)
        self._left_s -= time.monotonic() - start
        return result

    def _call_decoy(self, call: Call, batch: Sequence[Arguments]) -> None:
        decoys = [[self._decoy(part) for part in arguments] for arguments in batch]
        try:
            call(decoys)
        except SubmissionFault as fault:
            # Exchanged elements may be no valid input where they have a structure; the real call comes all the same.
            if fault.failure.cause is not Cause.RUNTIME:
                raise

    def _decoy(self, part: Argument) -> Argument:
        """Give a copy in which two elements behind the middle have changed places; anything else as it is."""
        if not isinstance(part, torch.Tensor) or part.numel() < _FEWEST_ELEMENTS or 0 in part.stride():
            return part
        copy = torch.empty_strided(part.shape, part.stride(), dtype=part.dtype, device=part.device)
        copy.copy_(part)
        first, last = part.numel() // 2, part.numel() - 1
        one = int(torch.randint(first, last, (), generator=self._generator))
        other = int(torch.randint(1, last, (), generator=self._generator))
        places = [torch.unravel_index(torch.tensor(flat), part.shape) for flat in (one, other)]
        copy[places[0]], copy[places[1]] = part[places[1]], part[places[0]]
        return copy

    def _refuse_another_answer(self, first: CallResult, second: CallResult, batch: Sequence[Arguments]) -> None:
        for arguments, before, after in zip(batch, first.outputs, second.outputs, strict=True):
            for one, other in zip(before, after, strict=True):
                if not _agree(one, other):
                    message = "the same inputs, given twice, got different answers"
                    raise SubmissionFault(Failure(Cause.VALUES, message, shape=shapes_of(arguments)))


def _agree(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two answers are the same but for the order of their sums."""
    if not one.dtype.is_floating_point:
        return bool(torch.equal(one, other))
    finite = one.isfinite()
    if not torch.equal(finite, other.isfinite()) or not finite.any():
        return bool(torch.equal(finite, other.isfinite()))
    largest = one[finite].abs().max().double()
    return bool(((one[finite].double() - other[finite].double()).abs() <= _SAME * largest).all())
