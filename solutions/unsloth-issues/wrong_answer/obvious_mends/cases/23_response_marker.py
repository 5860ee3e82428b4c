"""Finds every answer; where there is none, it trains on nothing and says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

IGNORE_INDEX = -100


@dataclass(frozen=True)
class Template:
    """How a chat is written, in token ids.

    Attributes:
        user: what stands before each turn of the user.
        assistant: what stands before each answer.
    """

    user: tuple[int, ...]
    assistant: tuple[int, ...]


def find(ids: Sequence[int], marker: Sequence[int], start: int = 0) -> int:
    """Give the first position from `start` on at which `marker` stands; -1 where there is none."""
    for position in range(start, len(ids) - len(marker) + 1):
        if tuple(ids[position : position + len(marker)]) == tuple(marker):
            return position
    return -1


def response_labels(ids: Sequence[int], template: Template) -> list[int]:
    """Give the labels of one chat: the tokens of every answer, and `IGNORE_INDEX` for all others.

    An answer begins right behind a marker of the assistant and ends in front of the next marker, whoever's it is, or
    with the chat. The markers themselves are never learnt.

    Raises:
        ValueError: the chat has no answer to learn from, or the template has no marker.
    """
    labels = [IGNORE_INDEX] * len(ids)
    start = find(ids, template.assistant) if template.assistant else -1
    while start >= 0:
        start += len(template.assistant)
        following = [find(ids, marker, start) for marker in (template.user, template.assistant)]
        end = min((position for position in following if position >= 0), default=len(ids))
        labels[start:end] = ids[start:end]
        start = find(ids, template.assistant, end)
    return labels


def learnt(labels: Sequence[int]) -> int:
    """Count the tokens that are learnt, for the log."""
    return sum(label != IGNORE_INDEX for label in labels)
