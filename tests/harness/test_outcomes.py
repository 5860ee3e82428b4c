"""Tests of outcomes: the ranking holds every verdict, and a failure has its cause."""

from __future__ import annotations

import pytest

from harness.outcomes import RANK, CheckOutcome, Failure, Verdict
from harness.readings import Cause

WRONG = Failure(Cause.VALUES, "wrong")


def test_every_verdict_has_its_place_in_the_ranking() -> None:
    assert sorted(Verdict) == sorted(RANK)


def test_a_fault_of_ours_or_of_the_author_outranks_whatever_a_learner_did() -> None:
    assert {Verdict.MANIFEST_ERROR, Verdict.JUDGE_ERROR} == set(RANK[-2:])
    assert Verdict.FAILED == RANK[-3]
    assert Verdict.PASSED == RANK[0]


def test_a_failed_check_has_a_cause() -> None:
    with pytest.raises(ValueError, match="'exact'"):
        CheckOutcome("exact", Verdict.FAILED)


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.FAILED])
def test_only_a_failed_check_has_a_cause(verdict: Verdict) -> None:
    with pytest.raises(ValueError, match="contradict"):
        CheckOutcome("exact", verdict, failure=WRONG)

    assert verdict is CheckOutcome("exact", verdict).verdict
