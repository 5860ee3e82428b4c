"""Cases 22 and 23: a token is scored by the position in front of it, and learnt where it is an answer."""

from __future__ import annotations

import pytest
import torch
from tell import IGNORE_INDEX, like, normal, number, refuse_other, refuse_unless, scalar, whole
from torch.nn import functional as F

from harness.plugin.candidate import Submission
from harness.sandbox.staging import Expected


@pytest.mark.check("22-grpo-shift")
@pytest.mark.parametrize("completion", [1, 4, 7])
def test_logits_that_name_the_next_token_have_a_log_probability_of_zero(
    submission: Submission, draw: torch.Generator, completion: int
) -> None:
    ids = whole(draw, 0, 13, 3, 9)
    logits = 60.0 * F.one_hot(ids.roll(-1, dims=1), 13).float()
    got = submission.at("plain")("22_grpo_shift", "token_logprobs", logits, ids, completion, shape=(3, completion))

    refuse_unless(got.abs().max() < 1e-3, f"one-hot logits: a log-probability of {got.min().item():.3g}, not 0")


@pytest.mark.check("22-grpo-shift")
@pytest.mark.parametrize("completion", [1, 5])
def test_loss_and_gradient_are_those_of_the_completion(
    submission: Submission, draw: torch.Generator, completion: int
) -> None:
    logits, ids = normal(draw, 2, 8, 11), whole(draw, 0, 11, 2, 8)
    old, reference = (normal(draw, 2, completion) - 2 for _ in range(2))
    advantages, mask = normal(draw, 2), torch.ones(2, completion, dtype=torch.bool)
    mask[1, completion // 2 + 1 :] = False
    leaf = logits.double().requires_grad_()
    scores = leaf[:, -completion - 1 : -1].log_softmax(-1)
    new = scores.gather(-1, ids[:, -completion:, None]).squeeze(-1)
    ratio, gap = (new - old.double()).exp(), reference.double() - new
    gain = torch.minimum(ratio * advantages[:, None], ratio.clamp(0.8, 1.2) * advantages[:, None])
    loss = ((0.04 * (gap.exp() - gap - 1) - gain) * mask).sum() / mask.sum()
    asked = logits, ids, old, reference, advantages, mask
    ((got, gradient),) = submission.at("grpo_gradient").calls([asked], scalar(), like(logits)).outputs

    refuse_other(got, loss.detach(), f"loss of a completion of {completion}", share=1e-4)
    refuse_other(gradient, torch.autograd.grad(loss, leaf)[0], f"gradient of a completion of {completion}", share=1e-4)


def expected_labels(ids: list[int], user: list[int], assistant: list[int]) -> list[int]:
    """Walk through a chat once and keep what lies behind an assistant's marker."""
    labels, place, is_answer = [], 0, False
    while place < len(ids):
        for marker, says in ((assistant, True), (user, False)):
            if ids[place : place + len(marker)] == marker:
                labels += [IGNORE_INDEX] * len(marker)
                place, is_answer = place + len(marker), says
                break
        else:
            labels.append(ids[place] if is_answer else IGNORE_INDEX)
            place += 1
    return labels


def refuse_wrong_labels(submission: Submission, ids: list[int], user: list[int], assistant: list[int]) -> None:
    """Compare the labels of one chat; a chat without an answer, or an empty marker, must be refused."""
    has_markers = bool(user and assistant)
    labels = expected_labels(ids, user, assistant) if has_markers else []
    is_void = all(label == IGNORE_INDEX for label in labels)
    asked = tuple(torch.tensor(part, dtype=torch.int64) for part in (ids, user, assistant))
    promised = Expected((len(ids),), torch.int64), Expected((), torch.bool)
    ((got, refused),) = submission.at("labelled").calls([asked], *promised).outputs

    words = f"chat {ids}, user {user}, assistant {assistant}"
    refuse_unless(bool(refused) or not is_void, f"nothing to learn, and no ValueError: {words}")
    refuse_unless(not refused or is_void, f"an answer is there, and it is refused: {words}")
    told = f"{words}: labels {got.tolist()}, not {labels}"
    refuse_unless(is_void or got.tolist() == labels, told)


USER, ASSISTANT = [1, 2], [1, 3, 3]
CHATS = {
    "one turn": [9, *USER, 7, 7, *ASSISTANT, 8, 8, 8],
    "two turns": [*USER, 7, *ASSISTANT, 8, 9, *USER, 6, *ASSISTANT, 5, 4],
    "an answer, then a question": [*USER, 7, *ASSISTANT, 8, 9, *USER, 6],
    "two answers in a row": [*USER, 7, *ASSISTANT, 8, *ASSISTANT, 5, 1],
    "no answer": [*USER, 7, 7, 7],
    "cut off in the marker": [*USER, 7, 1, 3],
    "an empty answer": [*USER, 7, *ASSISTANT],
    "half a marker inside the answer": [*USER, 7, *ASSISTANT, 1, 3, 8, 1, 4],
}


@pytest.mark.check("23-response-marker")
@pytest.mark.parametrize("chat", CHATS)
def test_answers_are_learnt_and_nothing_else(submission: Submission, chat: str) -> None:
    refuse_wrong_labels(submission, CHATS[chat], USER, ASSISTANT)


@pytest.mark.check("23-response-marker")
@pytest.mark.parametrize(("user", "assistant"), [(USER, []), ([], ASSISTANT), ([], [])], ids=str)
def test_an_empty_marker_is_refused(submission: Submission, user: list[int], assistant: list[int]) -> None:
    refuse_wrong_labels(submission, CHATS["one turn"], user, assistant)


@pytest.mark.check("23-response-marker")
def test_chats_that_are_drawn_are_labelled_right(submission: Submission, draw: torch.Generator) -> None:
    for _ in range(20):
        parts = [(USER, ASSISTANT, [number(draw, 1, 5)])[number(draw, 0, 3)] for _ in range(number(draw, 1, 12))]
        refuse_wrong_labels(submission, [token for part in parts for token in part], USER, ASSISTANT)
