"""Values and speed of a submission that a driver calls."""

from __future__ import annotations

import pytest
import torch

from harness.plugin.candidate import Submission


@pytest.mark.check("values")
def test_twice_the_input(submission: Submission, draw: torch.Generator) -> None:
    """Small integers, so that nothing is rounded."""
    x = torch.randint(-99, 99, (5, 7), generator=draw).float()

    assert torch.equal(x + x, submission.at("scaled")(x, shape=(5, 7)))


@pytest.mark.check("speed")
def test_faster_than_rows() -> None:
    """Here for the key; the races of this repository are tested where they are made."""
    pytest.skip("no race in this one")
