"""Cases 07 to 09: who sees whom. An output moves when a key moves that it may see, and never otherwise."""

from __future__ import annotations

import pytest
import torch
from tell import normal, refuse_other, refuse_unless

from harness.plugin.candidate import Submission


def exact_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, visible: torch.Tensor
) -> torch.Tensor:  # fmt: skip
    """Attend in float64; `visible` is bool `[..., q_len, k_len]`."""
    scores = query.double() @ key.double().transpose(-1, -2) * query.shape[-1] ** -0.5
    return scores.masked_fill(~visible, float("-inf")).softmax(-1) @ value.double()


def band(tokens: int, window: int | None) -> torch.Tensor:
    """Tell who sees whom in a prompt: itself and window - 1 before it; all before it where there is no window."""
    distance = torch.arange(tokens)[:, None] - torch.arange(tokens)
    return (distance >= 0) & (distance < (window or tokens))


@pytest.mark.check("07-window-band")
@pytest.mark.parametrize("window", [None, 0, -1, 1, 3, 8, 50])
def test_attention_is_a_band_where_there_is_a_window(
    submission: Submission, draw: torch.Generator, window: int | None
) -> None:
    query, key, value = (normal(draw, 1, 2, 9, 4) for _ in range(3))
    width = window if window is not None and window > 0 else None
    expected = exact_attention(query, key, value, band(9, width))
    for q_len in (9, 4, 1):
        asked = "07_window_band", "attention", query[:, :, 9 - q_len :].contiguous(), key, value, window
        got = submission.at("plain")(*asked, shape=(1, 2, q_len, 4))

        refuse_other(got, expected[:, :, 9 - q_len :], f"window {window}, {q_len} queries, 9 keys")


@pytest.mark.check("07-window-band")
def test_a_token_outside_the_window_changes_nothing(submission: Submission, draw: torch.Generator) -> None:
    query, key, value = (normal(draw, 1, 2, 12, 4) for _ in range(3))
    moved_key, moved_value = key.clone(), value.clone()
    moved_key[:, :, 2] += 1
    moved_value[:, :, 2] -= 1
    asked = [("07_window_band", "attention", query, *pair, 4) for pair in ((key, value), (moved_key, moved_value))]
    before, after = (submission.at("plain")(*one, shape=(1, 2, 12, 4)) for one in asked)
    moved = ((before - after).abs() > 1e-6).any(-1).any(1)[0]

    refuse_unless(not moved[6:].any(), "with a window of 4 a query sees a token that lies 4 or more before it")
    refuse_unless(not moved[:2].any(), "a query sees a token behind it")
    refuse_unless(moved[2:6].all(), "a query does not see a token within its window")


@pytest.mark.check("08-window-size")
@pytest.mark.parametrize("window", [1, 3, 6, 20])
def test_a_query_sees_exactly_its_window(submission: Submission, draw: torch.Generator, window: int) -> None:
    """With values that name their position, and scores that are all alike, the output tells who was seen."""
    tokens = 10
    still, names = torch.zeros(tokens, tokens), torch.eye(tokens)
    expected = band(tokens, window).double()
    expected /= expected.sum(-1, keepdim=True)
    asked = "08_window_size", "prefill", still, still, names, window
    prefilled = submission.at("plain")(*asked, shape=(tokens, tokens))
    decoded = submission.at("decoded_in_window")(still, still, names, window, shape=(tokens, tokens))

    for got, path in ((prefilled, "prompt"), (decoded, "decoding")):
        seen = (got > 0).sum(-1)
        counts = torch.arange(1, tokens + 1).clamp(max=window)
        refuse_unless((got.diagonal() > 0).all(), f"{path}, window {window}: a query does not see itself")
        words = f"{path}, window {window}: keys seen by query {tokens - 1}: {int(seen[-1])}, not {int(counts[-1])}"
        refuse_unless(torch.equal(seen, counts), words)
        refuse_other(got, expected, f"{path}, window {window}: who is seen")


@pytest.mark.check("08-window-size")
def test_decoding_gives_what_the_prompt_gives(submission: Submission, draw: torch.Generator) -> None:
    query, key, value = (normal(draw, 11, 6) for _ in range(3))
    expected = exact_attention(query, key, value, band(11, 4))
    prefilled = submission.at("plain")("08_window_size", "prefill", query, key, value, 4, shape=(11, 6))
    decoded = submission.at("decoded_in_window")(query, key, value, 4, shape=(11, 6))

    refuse_other(prefilled, expected, "a prompt of 11 tokens, window 4")
    refuse_other(decoded, expected, "11 tokens one by one, window 4")


@pytest.mark.check("09-causal-default")
@pytest.mark.parametrize("prompt", [9, 5, 1])
@pytest.mark.parametrize("masked", [False, True])
def test_no_token_sees_the_future(
    submission: Submission, draw: torch.Generator, prompt: int, masked: bool
) -> None:  # fmt: skip
    """Prompt and decoding, without a mask, with a mask of ones: all give the same."""
    query, key, value = normal(draw, 2, 4, 9, 6), normal(draw, 2, 2, 9, 6), normal(draw, 2, 2, 9, 6)
    grouped = (part.repeat_interleave(2, dim=1) for part in (key, value))
    expected = exact_attention(query, *grouped, band(9, None))
    mask = torch.ones(2, 9, dtype=torch.bool) if masked else None
    got = submission.at("attended")(query, key, value, mask, prompt, shape=(2, 4, 9, 6))

    words = f"a prompt of {prompt}, then {9 - prompt} tokens one by one, {'a mask of ones' if masked else 'no mask'}"
    refuse_other(got, expected, words)


@pytest.mark.check("09-causal-default")
def test_tokens_that_are_no_tokens_stay_masked(submission: Submission, draw: torch.Generator) -> None:
    query, key, value = normal(draw, 1, 2, 6, 4), normal(draw, 1, 1, 6, 4), normal(draw, 1, 1, 6, 4)
    mask = torch.tensor([[False, False, True, True, True, True]])
    grouped = (part.repeat_interleave(2, dim=1) for part in (key, value))
    expected = exact_attention(query, *grouped, band(6, None) & mask[0])
    got = submission.at("attended")(query, key, value, mask, 4, shape=(1, 2, 6, 4))

    refuse_other(got[:, :, 2:], expected[:, :, 2:], "two tokens of padding in front, with their mask")


@pytest.mark.check("10-left-padding")
@pytest.mark.parametrize("lengths", [[6, 6], [6, 2, 4], [1, 6], [3]], ids=str)
def test_a_padded_batch_is_its_prompts_one_by_one(
    submission: Submission, draw: torch.Generator, lengths: list[int]
) -> None:
    """Each row by itself has no padding, so there is nothing to get wrong."""
    width, prompt, more = 8, 6, 5
    project, states = normal(draw, 3, width, width), normal(draw, len(lengths), prompt + more, width)
    mask = torch.stack([torch.arange(prompt) >= prompt - length for length in lengths])
    batched = submission.at("decoded_batch")(project, states, mask, prompt, shape=states.shape)
    for row, length in enumerate(lengths):
        alone = states[row : row + 1, prompt - length :].contiguous()
        whole = torch.ones(1, length, dtype=torch.bool)
        expected = decoded_exactly(project, alone[0])
        single = submission.at("decoded_batch")(project, alone, whole, length, shape=alone.shape)

        refuse_other(single[0], expected, f"a prompt of {length} alone")
        refuse_other(batched[row, prompt - length :], expected, f"prompts of {lengths} in one batch, row {row}")


def decoded_exactly(project: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    """Run the layer of case 10 over one row without padding, `[tokens, width]`, in float64."""
    states = states.double()
    half, positions = states.shape[-1] // 2, torch.arange(len(states)).double()
    angle = positions[:, None] * 100.0 ** (-torch.arange(half).double() / half)
    query, key, value = (states @ part.double().T for part in project)
    turned = []
    for x in (query, key):
        first, second = x.split(half, dim=-1)
        turned.append(torch.cat([first * angle.cos() - second * angle.sin(), first * angle.sin() + second * angle.cos()], -1))  # fmt: skip  # noqa: E501
    return states + exact_attention(*turned, value, band(len(states), None))
