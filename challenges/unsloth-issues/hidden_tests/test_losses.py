"""Cases 01 to 03: a loss is a mean over what is learnt, however the tokens are cut into batches or packed into rows."""

from __future__ import annotations

import pytest
import torch
from tell import IGNORE_INDEX, like, normal, number, refuse_other, scalar, whole
from torch.nn import functional as F

from harness.plugin.candidate import Submission

WIDTH, VOCABULARY = 6, 11


def ragged_labels(draw: torch.Generator, rows: int, tokens: int) -> torch.Tensor:
    """Draw rows of which less and less is learnt; of the last one nothing is."""
    labels = whole(draw, 0, VOCABULARY, rows, tokens)
    for row in range(rows):
        labels[row, : (row + 1) * tokens // rows] = IGNORE_INDEX
    return labels


def mean_and_gradient(weight: torch.Tensor, hidden: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Give the mean loss over the targets that are learnt, and the gradient of the head, in float64."""
    head = weight.double().requires_grad_()
    loss = F.cross_entropy(hidden.double() @ head.T, targets, ignore_index=IGNORE_INDEX)
    return loss.detach(), torch.autograd.grad(loss, head)[0]


@pytest.mark.check("01-accumulation")
@pytest.mark.parametrize("steps", [1, 2, 4, 3])
def test_a_step_is_the_same_in_one_micro_batch_or_several(
    submission: Submission, draw: torch.Generator, steps: int
) -> None:
    weight, hidden = normal(draw, VOCABULARY, WIDTH), normal(draw, 8, 9, WIDTH)
    labels = ragged_labels(draw, 8, 9)
    loss, gradient = mean_and_gradient(weight, hidden[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
    promised = scalar(), like(weight)
    ((got, got_gradient),) = submission.at("accumulated").calls([(weight, hidden, labels, steps)], *promised).outputs

    refuse_other(got, loss, f"loss of a step of {steps} micro-batches")
    refuse_other(got_gradient, gradient, f"gradient of the head in {steps} micro-batches")


@pytest.mark.check("02-loss-scale")
@pytest.mark.parametrize("takes", [True, False])
@pytest.mark.parametrize("tells", [True, False])
def test_the_gradient_does_not_depend_on_the_number_of_micro_batches(
    submission: Submission, draw: torch.Generator, takes: bool, tells: bool
) -> None:
    """Micro-batches of one size, so that a mean of means is a mean, and every way of dividing once gives the same."""
    weight, hidden = normal(draw, VOCABULARY, WIDTH), normal(draw, 24, WIDTH)
    targets = whole(draw, 0, VOCABULARY, 24)
    _, gradient = mean_and_gradient(weight, hidden, targets)
    for steps in (1, 2, 4, 8):
        asked = weight, hidden, targets, steps, takes, tells
        got = submission.at("step_gradient")(*asked, shape=weight.shape)

        words = f"model takes the count: {takes}, count is known: {tells}"
        refuse_other(got, gradient, f"gradient in {steps} micro-batches; {words}")


def refuse_wrong_packing(
    submission: Submission, logits: torch.Tensor, labels: torch.Tensor, lengths: list[int], case: str
) -> None:
    """Compare with the documents' own losses, each document by itself."""
    leaf = logits.double().requires_grad_()
    parts = zip(leaf.split(lengths), labels.split(lengths), strict=True)
    pairs = [(part[:-1], chosen[1:]) for part, chosen in parts]
    learnt = sum(int((chosen != IGNORE_INDEX).sum()) for _, chosen in pairs)
    sums = [F.cross_entropy(*pair, ignore_index=IGNORE_INDEX, reduction="sum") for pair in pairs]
    loss = torch.stack(sums).sum() / max(learnt, 1)
    gradient = torch.autograd.grad(loss, leaf)[0]
    asked = logits, labels, torch.tensor(lengths)
    ((got, got_gradient),) = submission.at("packed").calls([asked], scalar(), like(logits)).outputs

    refuse_other(got, loss.detach(), f"loss, {case}")
    refuse_other(got_gradient, gradient, f"gradient of the logits, {case}")


@pytest.mark.check("03-packing")
@pytest.mark.parametrize("masked", [0, 1, 3])
def test_a_packed_row_is_its_documents(submission: Submission, draw: torch.Generator, masked: int) -> None:
    """With prompts of no token, of one (the boundary itself) and of three already masked."""
    lengths = [number(draw, 4, 8) for _ in range(4)]
    labels = whole(draw, 0, VOCABULARY, sum(lengths))
    for part in labels.split(lengths):
        part[:masked] = IGNORE_INDEX

    logits = normal(draw, sum(lengths), VOCABULARY)
    refuse_wrong_packing(submission, logits, labels, lengths, f"prompts of {masked} tokens masked")


@pytest.mark.check("03-packing")
@pytest.mark.parametrize("lengths", [[1, 1, 1], [2, 1, 1, 1], [2, 2, 2]], ids=str)
@pytest.mark.parametrize("masked", [0, 1, 2])
def test_tiny_documents_are_no_division_by_zero(
    submission: Submission, draw: torch.Generator, lengths: list[int], masked: int
) -> None:
    labels = whole(draw, 0, VOCABULARY, sum(lengths))
    for part in labels.split(lengths):
        part[:masked] = IGNORE_INDEX

    logits = normal(draw, sum(lengths), VOCABULARY)
    refuse_wrong_packing(submission, logits, labels, lengths, f"documents of {lengths}, {masked} masked in each")
