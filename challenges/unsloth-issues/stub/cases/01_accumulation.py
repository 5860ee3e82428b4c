"""One optimiser step over several micro-batches of token sequences.

Issue: "Same data, same seed, batch 8. With `gradient_accumulation_steps=1` the first logged loss is 2.31, with 2 it is
2.44 and with 8 it is 2.79, and the runs drift apart for good. If I pad every example to the same length with real text
the three curves lie on top of each other. My examples are chats: some have 20 tokens to learn, some 2,000."
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional as F

IGNORE_INDEX = -100


@dataclass(frozen=True)
class Batch:
    """Some rows of a data set.

    Attributes:
        hidden: states in front of the head, float `[rows, tokens, width]`.
        labels: token ids, int64 `[rows, tokens]`; `IGNORE_INDEX` where nothing is to be learnt.
    """

    hidden: torch.Tensor
    labels: torch.Tensor


def split(batch: Batch, steps: int) -> Iterator[Batch]:
    """Cut a batch into micro-batches of nearly the same number of rows."""
    for hidden, labels in zip(batch.hidden.tensor_split(steps), batch.labels.tensor_split(steps), strict=True):
        yield Batch(hidden, labels)


def shifted(head: torch.nn.Linear, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Give logits `[n, vocabulary]` and the tokens that they are to predict, `[n]`."""
    logits = head(batch.hidden[:, :-1])
    return logits.flatten(0, 1).float(), batch.labels[:, 1:].flatten()


def accumulate(head: torch.nn.Linear, micro_batches: Sequence[Batch]) -> torch.Tensor:
    """Run forward and backward over all micro-batches of one optimiser step.

    The gradient is added to `head.weight.grad`; clearing it is the optimiser's business.

    Returns:
        the loss of the step, for the log, no dimension.
    """
    step_loss = torch.zeros(())
    for batch in micro_batches:
        logits, targets = shifted(head, batch)
        loss = F.cross_entropy(logits, targets, ignore_index=IGNORE_INDEX) / len(micro_batches)
        loss.backward()
        step_loss += loss.detach()
    return step_loss
