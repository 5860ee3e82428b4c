"""Cases 04 to 06: logits are bent by one smooth bound, on every path, whatever holds the model."""

from __future__ import annotations

import itertools

import pytest
import torch
from tell import like, normal, refuse_other, refuse_unless, whole

from harness.plugin.candidate import Submission
from harness.sandbox.staging import Expected

CAPS = [0.5, 7.0, 30.0]


def bent(logits: torch.Tensor, cap: float | None) -> torch.Tensor:
    """Give c tanh(x / c) in float64."""
    return logits.double() if not cap else cap * torch.tanh(logits.double() / cap)


@pytest.mark.check("04-softcap")
@pytest.mark.parametrize("cap", CAPS)
def test_the_cap_is_odd_bounded_and_has_slope_one_at_zero(
    submission: Submission, draw: torch.Generator, cap: float
) -> None:
    x = 4 * cap * normal(draw, 200)
    small = torch.tensor([1e-4, -1e-4]) * cap
    asked = [("04_softcap", "softcap", part, cap) for part in (x, -x)]
    (up,), (down,) = submission.at("plain").calls(asked, like(x)).outputs
    near_zero = submission.at("plain")("04_softcap", "softcap", small, cap, shape=(2,))

    refuse_unless(torch.equal(up, -down), f"with a cap of {cap} the function is not odd: f(-x) is not -f(x)")
    refuse_unless(up.abs().max() <= cap, f"a cap of {cap} does not bound the logits")
    refuse_other(near_zero, small, f"logits near 0 with a cap of {cap}", share=1e-4)
    refuse_other(up, bent(x, cap), f"softcap of {cap}")


@pytest.mark.check("04-softcap")
@pytest.mark.parametrize("cap", [*CAPS, None])
def test_log_probabilities_are_those_of_the_bent_logits(
    submission: Submission, draw: torch.Generator, cap: float | None
) -> None:
    hidden, head, tokens = 3 * normal(draw, 37, 12), normal(draw, 19, 12), whole(draw, 0, 19, 37)
    logits = bent(hidden.double() @ head.double().T, cap)
    expected = logits.log_softmax(-1).gather(-1, tokens[:, None]).squeeze(-1)
    for chunk in (1, 16, 64):
        asked = "04_softcap", "token_logprobs", hidden, head, tokens, cap, chunk
        got = submission.at("plain")(*asked, shape=(37,))

        refuse_other(got, expected, f"log-probabilities with a cap of {cap}, in chunks of {chunk}")


@pytest.mark.check("05-decode-cap")
@pytest.mark.parametrize(("scale", "cap"), [(1.0, 30.0), (4.0, 30.0), (0.0625, 2.0), (4.0, None), (1.0, None)])
def test_decoding_gives_the_logits_of_training(
    submission: Submission, draw: torch.Generator, scale: float, cap: float | None
) -> None:
    hidden, weight = 3 * normal(draw, 2, 5, 16), normal(draw, 13, 16)
    expected = bent(hidden.double() @ weight.double().T * scale, cap)
    form = Expected((2, 5, 13), torch.float32)
    ((training, decoding),) = submission.at("head_logits").calls([(hidden, weight, scale, cap)], form, form).outputs

    words = f"scale {scale}, cap {cap}"
    refuse_unless(cap is None or decoding.abs().max() <= cap, f"logits of decoding exceed the cap; {words}")
    refuse_other(training, expected, f"logits of training, {words}")
    refuse_other(decoding, training, f"logits of decoding against those of training, {words}")


NAMES = ("parallel", "compiled", "adapted")
STACKS = ["", *(" ".join(names) for count in (1, 2, 3) for names in itertools.permutations(NAMES, count))]


@pytest.mark.check("06-wrapped-config")
@pytest.mark.parametrize("cap", [5.0, None])
def test_a_wrapped_model_is_the_bare_one(submission: Submission, draw: torch.Generator, cap: float | None) -> None:
    """Every order in which one, two or three wrappers can be stacked, and the same one twice."""
    hidden, weight = 4 * normal(draw, 3, 8), normal(draw, 10, 8)
    expected = bent(hidden.double() @ weight.double().T, cap)
    for names in (*STACKS, "compiled compiled", "parallel adapted parallel"):
        got = submission.at("wrapped_logits")(hidden, weight, cap, names, shape=(3, 10))

        refuse_other(got, expected, f"cap {cap}, wrapped as: {names or 'not at all'}")
