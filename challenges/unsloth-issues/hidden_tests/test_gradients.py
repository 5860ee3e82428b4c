"""Cases 18 and 19: a gradient is counted once, scaled by what arrives, and leaves everybody else's alone."""

from __future__ import annotations

import pytest
import torch
from tell import like, normal, refuse_other, scalar, whole
from torch.nn import functional as F

from harness.plugin.candidate import Submission


@pytest.mark.check("18-head-gradient")
@pytest.mark.parametrize("chunk", [64, 5, 1])
@pytest.mark.parametrize("has_earlier", [False, True])
def test_the_heads_gradient_is_that_of_the_plain_loss(
    submission: Submission, draw: torch.Generator, chunk: int, has_earlier: bool
) -> None:
    """Over chunks, over several backward passes, under a scaler, and added to a gradient that was there before."""
    hidden, weight, targets = normal(draw, 17, 6), normal(draw, 11, 6), whole(draw, 0, 11, 17)
    earlier = normal(draw, 11, 6) if has_earlier else None
    leaf, head = hidden.double().requires_grad_(), weight.double().requires_grad_()
    one = torch.autograd.grad(F.cross_entropy(leaf @ head.T, targets), (leaf, head))
    for times, steps in ((1.0, 1), (8.0, 1), (0.5, 3)):
        asked = hidden, weight, targets, earlier, chunk, times, steps
        ((states, got),) = submission.at("head_gradients").calls([asked], like(hidden), like(weight)).outputs
        expected = times * steps * one[1] + (0 if earlier is None else earlier.double())

        words = f"chunks of {chunk}, loss times {times:g}, {steps} backward passes"
        refuse_other(states, times * steps * one[0], f"gradient of the hidden states, {words}")
        refuse_other(got, expected, f"gradient of the head, {'on top of an earlier one, ' * has_earlier}{words}")


@pytest.mark.check("18-head-gradient")
def test_a_weight_that_is_embedding_too_gets_both_gradients(submission: Submission, draw: torch.Generator) -> None:
    weight, ids, targets = normal(draw, 11, 6), whole(draw, 0, 11, 17), whole(draw, 0, 11, 17)
    tied = weight.double().requires_grad_()
    loss = F.cross_entropy(F.embedding(ids, tied).tanh() @ tied.T, targets)
    got = submission.at("tied_gradient")(weight, ids, targets, 4, shape=weight.shape)

    refuse_other(got, torch.autograd.grad(loss, tied)[0], "gradient of a weight that is embedding and head")


@pytest.mark.check("19-upstream-gradient")
@pytest.mark.parametrize(("first", "second"), [(1.0, 1.0), (65536.0, 1.0), (0.1, 10.0), (-2.0, 0.0)])
def test_a_gradient_is_scaled_by_what_arrives_each_time(
    submission: Submission, draw: torch.Generator, first: float, second: float
) -> None:
    logits, targets = normal(draw, 9, 13), whole(draw, 0, 13, 9)
    leaf = logits.double().requires_grad_()
    loss = F.cross_entropy(leaf, targets)
    one = torch.autograd.grad(loss, leaf)[0]
    promised = scalar(), like(logits), like(logits)
    ((got, *gradients),) = submission.at("two_backwards").calls([(logits, targets, first, second)], *promised).outputs

    refuse_other(got, loss.detach(), "loss")
    for number, (gradient, times) in enumerate(zip(gradients, (first, second), strict=True), start=1):
        words = f"gradient number {number} of the same graph, loss times {times:g} ({first:g} first, then {second:g})"
        refuse_other(gradient, times * one, words)


@pytest.mark.check("19-upstream-gradient")
def test_a_scaler_keeps_float16_from_losing_gradients(submission: Submission, draw: torch.Generator) -> None:
    logits, targets = normal(draw, 64, 13, dtype=torch.float16), whole(draw, 0, 13, 64)
    leaf = logits.double().requires_grad_()
    one = torch.autograd.grad(F.cross_entropy(leaf, targets), leaf)[0]
    promised = scalar(), like(logits), like(logits)
    ((_, gradient, _),) = submission.at("two_backwards").calls([(logits, targets, 4096.0, 1.0)], *promised).outputs

    refuse_other(gradient, 4096 * one, "gradient in float16 of a loss times 4096", share=2**-9)
