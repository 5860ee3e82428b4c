"""Keeps the number of rows, and starts all behind the known tokens anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch


@dataclass
class Vocabulary:
    """A tokenizer, as far as its size matters.

    Attributes:
        tokens: ids of known tokens.
    """

    tokens: dict[str, int]

    def __len__(self) -> int:
        """Count the tokens; the next new one gets this id."""
        return len(self.tokens)

    def add(self, words: Sequence[str]) -> list[int]:
        """Add the words that are new and give their ids."""
        new = [word for word in dict.fromkeys(words) if word not in self.tokens]
        self.tokens.update({word: len(self.tokens) + number for number, word in enumerate(new)})
        return [self.tokens[word] for word in new]


def mean_row(weight: torch.Tensor, known: int) -> torch.Tensor:
    """Average the rows of known tokens, in float32, as a start for new ones."""
    return weight[:known].float().mean(dim=0).to(weight.dtype)


def add_tokens(weight: torch.Tensor, vocabulary: Vocabulary, words: Sequence[str]) -> torch.Tensor:
    """Make room for new words and give their rows a start.

    Args:
        weight: the embedding, float `[rows, width]`, with at least as many rows as there are tokens.
        vocabulary: gets the words.
        words: may hold some that are known.

    Returns:
        the embedding for the larger vocabulary, dtype of `weight`.
    """
    known = len(vocabulary)
    vocabulary.add(words)
    resized = weight.new_empty(max(len(weight), len(vocabulary)), weight.shape[1])
    resized[:known] = weight[:known]
    resized[known:] = mean_row(weight, known)
    return resized
