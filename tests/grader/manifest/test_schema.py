"""Tests of the manifest's models: illegal ones can't be built, and they speak the harness's words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from grader.manifest.schema import CheckPart, Limits, Manifest
from harness import plan


def test_a_manifest_whose_parts_disagree_cannot_be_built() -> None:
    document: dict[str, Any] = {
        "format": 1,
        "id": "double",
        "title": "Twice",
        "summary": "Twice.",
        "entry": {"file": "double.py", "function": "double"},
        "pass_mark": 0.5,
        "checks": [{"id": "a", "title": "a", "points": 1, "needs": ["b"]}],
    }

    with pytest.raises(ValidationError, match=r"checks\[0\]\.needs\[0\]: no check is called 'b'"):
        Manifest.model_validate(document)


def test_limits_that_are_left_out_are_those_of_the_harness() -> None:
    assert plan.Limits() == Limits().as_plan()


def test_every_limit_of_the_harness_can_be_set() -> None:
    limits = plan.Limits(wall_s=9.0, load_s=8.0, call_s=7.0, memory_mib=512, processes=5, payload_mib=4, file_mib=3)

    assert (
        limits
        == Limits(wall_s=9.0, load_s=8.0, call_s=7.0, memory_mib=512, processes=5, payload_mib=4, file_mib=3).as_plan()
    )


def test_a_check_with_tiers_tells_the_harness_where_points_change() -> None:
    tiers = [{"reach": 1.0, "points": 0, "name": "a"}, {"reach": 2.5, "points": 4, "name": "b"}]
    check = CheckPart.model_validate(
        {"id": "fast", "title": "fast", "lane": "cuda", "threshold": {"metric": "speedup", "tiers": tiers}}
    )

    assert plan.CheckPlan("fast", "cuda", (), "speedup", (1.0, 2.5)) == check.as_plan()
    assert 4 == check.max_points


@pytest.mark.parametrize("lane", ["cpu", "cuda", "cuda:2", "cuda:16"])
def test_a_lane_is_read(lane: str) -> None:
    assert lane == CheckPart(id="a", title="a", points=1, lane=lane).lane


@pytest.mark.parametrize("lane", ["", "gpu", "cuda:0", "cuda:1", "cuda:02", "cuda:100", "CUDA", "cpu\n"])
def test_a_lane_that_does_not_exist_is_refused(lane: str) -> None:
    with pytest.raises(ValidationError):
        CheckPart(id="a", title="a", points=1, lane=lane)
