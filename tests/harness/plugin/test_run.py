"""A run of hidden tests leaves the modules of this process as they were, whatever names they have."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from harness.outcomes import Verdict
from harness.plan import CheckPlan, GradingPlan, Limits
from harness.plugin.run import run_hidden_tests

TESTS = """
import pytest
import rulers


@pytest.mark.check("sum")
def test_the_module_beside_the_test_is_the_one_that_counts():
    assert 30 == rulers.LENGTH_CM
"""


def test_modules_of_the_same_name_are_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden_tests, submission = tmp_path / "hidden_tests", tmp_path / "submission"
    for folder, name, text in (
        (hidden_tests, "test_lengths.py", TESTS),
        (hidden_tests, "rulers.py", "LENGTH_CM = 30\n"),
        (submission, "entry.py", ""),
    ):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    others = {name: ModuleType(name) for name in ("test_lengths", "rulers")}
    for name, module in others.items():
        module.__file__ = f"/elsewhere/{name}.py"
        monkeypatch.setitem(sys.modules, name, module)
    plan = GradingPlan(
        hidden_tests=hidden_tests, submission=submission, entry_file="entry.py", function="f",
        checks=(CheckPlan("sum", "cpu"),), limits=Limits(), lanes=frozenset({"cpu"}), seed=bytes(32),
    )  # fmt: skip

    (outcome,) = run_hidden_tests(plan, lambda _text: None).outcomes

    assert Verdict.PASSED == outcome.verdict, outcome
    assert others == {name: sys.modules[name] for name in others}
