"""The fixture `memory` in hidden tests, with real guests: its readings, its series, and fresh guests for dead ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.outcomes import CheckOutcome, Verdict
from harness.plan import CheckPlan, GradingPlan, Limits
from harness.plugin.run import run_hidden_tests
from harness.readings import Cause, Witness

TESTS = '''
"""Hidden tests of one function's memory."""
import pytest
import torch
from harness.errors import SubmissionFault
from harness.outcomes import Failure
from harness.readings import Cause
from harness.sandbox.staging import Expected


def verify(arguments, outputs):
    if not torch.equal(2 * arguments[0], outputs[0]):
        raise SubmissionFault(Failure(Cause.VALUES, "not twice"))


@pytest.mark.check("dies")
def test_dies(memory):
    memory.at("exit")(lambda: (torch.randn(1 << 20),), [Expected((1 << 20,), torch.float32)], verify)


@pytest.mark.check("small")
def test_small(memory):
    use = memory.at("twice")(lambda: (torch.randn(1 << 20),), [Expected((1 << 20,), torch.float32)], verify)
    memory.tell(use)
    assert 4 << 20 == use.given_bytes
'''
DRIVER = '''
"""Calls the submission."""
import os


def twice(load, x):
    return load().twice(x)


def exit(load, x):
    os._exit(3)
'''
IDS = ("dies", "small")


def outcomes(tmp_path: Path, body: str) -> dict[str, CheckOutcome]:
    """Grade a function of this body by the tests above."""
    text = f"import time\nimport torch\n\n\ndef twice(x):\n    {body}\n"
    for folder, name, content in (
        ("hidden_tests", "test_all.py", TESTS), ("driver", "driver.py", DRIVER), ("submission", "twice.py", text),
    ):  # fmt: skip
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(content)
    for above in (tmp_path, *list(tmp_path.parents)[:2]):
        above.chmod(0o755)
    plan = GradingPlan(
        hidden_tests=tmp_path / "hidden_tests", submission=tmp_path / "submission", entry_file="twice.py",
        function=None, checks=tuple(CheckPlan(name) for name in IDS), limits=Limits(payload_mib=16),
        lanes=frozenset({"cpu"}), seed=bytes(32), driver=tmp_path / "driver",
    )  # fmt: skip
    return {one.check: one for one in run_hidden_tests(plan, lambda _: None).outcomes}


@pytest.mark.graded
def test_what_a_call_needs_is_read_from_outside_and_drawn_over_time(tmp_path: Path) -> None:
    seen = outcomes(tmp_path, "room = torch.ones(100 << 18); time.sleep(0.05); return x * 2")
    small, dead = seen["small"], seen["dies"].failure
    peak, extra, told = small.readings
    (series,) = small.findings

    assert Verdict.PASSED == small.verdict
    assert ("memory_peak", "memory_extra", "memory_allocator") == (peak.name, extra.name, told.name)
    assert pytest.approx(104, abs=3) == peak.value == pytest.approx(told.value, abs=3)
    assert 4.0 == pytest.approx(peak.value - extra.value)
    assert (Witness.JUDGE, Witness.JUDGE, Witness.GUEST) == (peak.witness, extra.witness, told.witness)
    assert series.is_series
    assert 95 <= max(above for _, above in series.rows)
    assert dead is not None
    assert Cause.CRASHED == dead.cause


@pytest.mark.graded
def test_wrong_values_are_told_before_a_contradiction(tmp_path: Path) -> None:
    failure = outcomes(tmp_path, "room = b'1' * (300 << 20); return x * 3")["small"].failure

    assert failure is not None
    assert Cause.VALUES == failure.cause
