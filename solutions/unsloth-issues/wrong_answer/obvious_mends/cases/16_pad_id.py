"""Knows 0, and still lets an id through that is one too large."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import torch

IGNORE_INDEX = -100
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TokenConfig:
    """What a checkpoint says of its tokens.

    Attributes:
        vocabulary: rows of the embedding: ids run from 0 to one less.
        eos: id of the token that ends a text.
        pad: id of the token that fills up; None where the checkpoint names none.
    """

    vocabulary: int
    eos: int
    pad: int | None = None


def pad_id(config: TokenConfig) -> int:
    """Give the id to pad with: the checkpoint's own where the model has it, else that of the end of a text."""
    if config.pad is None:
        return config.eos
    if config.pad > config.vocabulary:
        logger.warning(
            "pad token %d is not in the vocabulary of %d, using %d", config.pad, config.vocabulary, config.eos
        )
        return config.eos
    return config.pad


def collate(rows: Sequence[Sequence[int]], config: TokenConfig) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Bring rows of ids to one length, filled up on the right.

    Returns:
        ids, int64 `[rows, longest]`; mask of real tokens, bool; labels, int64, `IGNORE_INDEX` where it was filled up.
    """
    longest = max(map(len, rows))
    ids = torch.full((len(rows), longest), pad_id(config))
    mask = torch.zeros(len(rows), longest, dtype=torch.bool)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row)
        mask[number, : len(row)] = True
    return ids, mask, ids.masked_fill(~mask, IGNORE_INDEX)
