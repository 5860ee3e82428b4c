"""A few hundred cases for every door of the judge; `python -m tests.fuzz` tries ten thousand."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=100, deadline=10_000, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_rubbish_is_refused_and_nothing_else_happens(target: str, data: st.DataObject) -> None:
    TARGETS[target](data)
