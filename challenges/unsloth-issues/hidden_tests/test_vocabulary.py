"""Cases 14 to 16: rows of an embedding that belong to a token stay that token's, and every id lies inside the table."""

from __future__ import annotations

import pytest
import torch
from tell import IGNORE_INDEX, like, normal, refuse_other, refuse_unless, whole

from harness.plugin.candidate import Submission
from harness.sandbox.staging import Expected

COUNTS = Expected((2,), torch.int64)


def with_holes(draw: torch.Generator, rows: int, holes: list[int], dtype: torch.dtype) -> torch.Tensor:
    """Draw an embedding whose large values add up to more than float16 holds, with untrained rows and negative ones."""
    weight = (300 + normal(draw, rows, 6)).to(dtype)
    weight[::7] = -weight[::7].abs()
    weight[holes] = 0
    return weight


@pytest.mark.check("14-untrained-rows")
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32], ids=str)
@pytest.mark.parametrize("count", [0, 1, 40])
def test_untrained_rows_get_the_mean_of_the_others_and_those_stay(
    submission: Submission, draw: torch.Generator, dtype: torch.dtype, count: int
) -> None:
    holes = torch.randperm(500, generator=draw)[:count].tolist()
    embedding, head = with_holes(draw, 500, holes, dtype), with_holes(draw, 500, holes[:1], dtype)
    promised = like(embedding), like(head), COUNTS
    ((first, second, filled),) = submission.at("repaired").calls([(embedding, head)], *promised).outputs

    refuse_unless(filled.tolist() == [count, len(holes[:1])], f"{count} rows of zeros, told: {filled.tolist()}")
    for before, after, rows, name in ((embedding, first, holes, "embedding"), (head, second, holes[:1], "head")):
        expected = before.clone()
        trained = torch.ones(500, dtype=torch.bool)
        trained[rows] = False
        expected[rows] = before[trained].double().mean(0).to(dtype)
        refuse_unless(torch.equal(after[trained], before[trained]), f"{name}: a trained row has changed")
        refuse_other(after, expected, f"{name} in {dtype}, {count} untrained rows", share=2**-7)


@pytest.mark.check("14-untrained-rows")
def test_one_tensor_at_both_ends_is_mended_once(submission: Submission, draw: torch.Generator) -> None:
    weight = with_holes(draw, 50, [3, 4], torch.float32)
    weight[9] = -(2.0**-20)
    promised = like(weight), like(weight), COUNTS
    ((first, second, filled),) = submission.at("repaired").calls([(weight, None)], *promised).outputs

    refuse_unless(torch.equal(first, second), "the ends are no longer one tensor")
    refuse_unless(filled.tolist() == [2, 2], f"2 untrained rows in a shared weight, told: {filled.tolist()}")
    refuse_unless(torch.equal(first[9], weight[9]), "a row of small values, all negative, has changed")


@pytest.mark.check("14-untrained-rows")
def test_a_weight_without_a_trained_row_is_left_alone(submission: Submission) -> None:
    zeros = torch.zeros(5, 4)
    ((first, _, filled),) = submission.at("repaired").calls([(zeros, None)], like(zeros), like(zeros), COUNTS).outputs

    refuse_unless(torch.equal(first, zeros), "a weight of zeros has changed")
    refuse_unless(filled.tolist() == [0, 0], "a weight of zeros: rows were counted as filled")


@pytest.mark.check("15-add-tokens")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize(("rows", "known", "new"), [(24, 20, 2), (24, 20, 4), (24, 20, 7), (20, 20, 3), (24, 20, 0)])
def test_new_tokens_get_rows_of_their_own_and_all_others_stay(
    submission: Submission, draw: torch.Generator, rows: int, known: int, new: int, dtype: torch.dtype
) -> None:
    weight = normal(draw, rows, 5, dtype=dtype)
    after = max(rows, known + new)
    promised = Expected((after, 5), dtype), Expected((3 + new,), torch.int64)
    ((resized, ids),) = submission.at("with_new_tokens").calls([(weight, known, new, 3)], *promised).outputs
    words = f"{rows} rows, {known} tokens, {new} new ones"
    expected = torch.cat([weight, weight.new_zeros(after - rows, 5)])
    expected[known : known + new] = weight[:known].float().mean(0).to(dtype)
    old = [row for row in range(rows) if not known <= row < known + new]

    refuse_unless(ids.tolist() == [0, 1, 2, *range(known, known + new)], f"ids of the words, {words}")
    refuse_unless(torch.equal(resized[old], weight[old]), f"a row that belongs to no new token has changed; {words}")
    refuse_other(resized, expected, words, share=2**-7)


@pytest.mark.check("16-pad-id")
@pytest.mark.parametrize("pad", [None, 0, 1, 7, 49, 50, 51])
def test_a_batch_is_padded_with_an_id_of_the_model(
    submission: Submission, draw: torch.Generator, pad: int | None
) -> None:  # fmt: skip
    """A vocabulary of 50: the checkpoint's pad token where it is one of them, 0 as well, else the end of a text."""
    vocabulary, eos, lengths = 50, 2, [4, 1, 6]
    ids = whole(draw, 0, vocabulary, sum(lengths))
    wanted = pad if pad is not None and pad < vocabulary else eos
    form = Expected((3, 6), torch.int64)
    asked = ids, torch.tensor(lengths), vocabulary, eos, pad
    promised = form, Expected((3, 6), torch.bool), form
    ((got, mask, labels),) = submission.at("collated").calls([asked], *promised).outputs
    expected_mask = torch.arange(6) < torch.tensor(lengths)[:, None]
    filled, ignored = torch.full((3, 6), wanted), torch.full((3, 6), IGNORE_INDEX)
    filled[expected_mask] = ignored[expected_mask] = ids

    refuse_unless(torch.equal(got, filled), f"pad {pad} of the checkpoint: rows are not padded with {wanted}")
    refuse_unless(torch.equal(mask, expected_mask), "the mask does not name the real tokens")
    refuse_unless(torch.equal(labels, ignored), "labels are not the ids of the real tokens")
