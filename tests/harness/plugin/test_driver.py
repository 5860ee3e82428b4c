"""A driver between hidden tests and a submission, with real guests: files, several outputs, what goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.outcomes import CheckOutcome, Verdict
from harness.plan import CheckPlan, GradingPlan, Limits
from harness.plugin.run import run_hidden_tests
from harness.readings import Cause

DRIVER = '''
"""Calls the files of a submission."""
import torch
import words  # lies beside the driver


def scaled(load, x, file):
    return load(file).scaled(x)


def both(load, x, text):
    return load("cases/two.py").scaled(x), torch.tensor([len(text)])


def lengths(load, text):
    return torch.tensor([words.count(text)])
'''
TESTS = '''
"""Hidden tests that name a function of the driver."""
import pytest
import torch
from harness.sandbox.staging import Expected


@pytest.mark.check("one")
def test_one(submission):
    x = torch.randn(3)
    assert torch.equal(2 * x, submission.at("scaled")(x, "cases/one.py", shape=(3,)))


@pytest.mark.check("two")
def test_two(submission):
    x = torch.randn(3)
    promised = Expected((3,), torch.float32), Expected((1,), torch.int64)
    ((scaled, length),) = submission.at("both").calls([(x, "a" * 60_000)], *promised).outputs
    assert torch.equal(2 * x, scaled)
    assert 60_000 == length.item()


@pytest.mark.check("words")
def test_words(submission):
    assert 2 == submission.at("lengths")("two words", shape=(1,), dtype=torch.int64).item()


@pytest.mark.check("stray")
def test_stray(submission):
    submission(torch.zeros(1), shape=(1,))
'''
IDS = ("one", "two", "words", "stray")


def outcomes(tmp_path: Path, **cases: str) -> dict[str, CheckOutcome]:
    """Grade a submission of the files `cases/NAME.py` by the tests above."""
    for folder, name, text in (
        ("hidden_tests", "test_all.py", TESTS),
        ("driver", "driver.py", DRIVER),
        ("driver", "words.py", "def count(text):\n    return len(text.split())\n"),
        *(("submission/cases", f"{name}.py", text) for name, text in cases.items()),
    ):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / name).write_text(text)
    for above in (tmp_path, *list(tmp_path.parents)[:2]):
        above.chmod(0o755)
    plan = GradingPlan(
        hidden_tests=tmp_path / "hidden_tests", submission=tmp_path / "submission", entry_file=None, function=None,
        checks=tuple(CheckPlan(name) for name in IDS), limits=Limits(payload_mib=4), lanes=frozenset({"cpu"}),
        seed=bytes(32), driver=tmp_path / "driver",
    )  # fmt: skip
    return {one.check: one for one in run_hidden_tests(plan, lambda _: None).outcomes}


@pytest.mark.graded
def test_hidden_tests_reach_every_file_through_the_driver(tmp_path: Path) -> None:
    right = "def scaled(x):\n    return 2 * x\n"
    found = outcomes(tmp_path, one=right, two=right)

    assert {Verdict.PASSED} == {found[name].verdict for name in ("one", "two", "words")}
    assert Verdict.MANIFEST_ERROR == found["stray"].verdict
    assert "scaled, both, lengths" in str(found["stray"].reason)


@pytest.mark.graded
def test_a_broken_file_hurts_its_own_check_alone(tmp_path: Path) -> None:
    found = outcomes(tmp_path, one="def scaled(x:\n", two="def scaled(x):\n    return 2 * x\n")
    one = found["one"].failure

    assert one is not None
    assert Cause.SYNTAX == one.cause
    assert (Verdict.PASSED, Verdict.PASSED) == (found["two"].verdict, found["words"].verdict)


@pytest.mark.graded
def test_a_missing_file_and_a_missing_name_are_told_as_such(tmp_path: Path) -> None:
    found = outcomes(tmp_path, two="def scale(x):\n    return 2 * x\n")
    one, two = found["one"].failure, found["two"].failure

    assert one is not None
    assert two is not None
    assert (Cause.IMPORT, "the submission has no Python file cases/one.py") == (one.cause, one.message)
    assert (Cause.IMPORT, "two.py has no scaled; did you mean scale?") == (two.cause, two.message)
