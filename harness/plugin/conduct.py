"""Conducts a run: which hidden tests run, in what order, which are passed over, and where their ends are noted."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator

import pytest

from harness import turns
from harness.errors import SubmissionFault
from harness.outcomes import Failure
from harness.plan import GradingPlan
from harness.plugin.fixtures import check_of
from harness.plugin.recorder import Recorder
from harness.readings import Cause


class Conduct:
    """Hooks of one grading; an instance is registered as a plugin of its pytest run.

    Attributes:
        faults: what is wrong with the hidden tests themselves, known after the collection.
    """

    def __init__(self, plan: GradingPlan, recorder: Recorder, progress: Callable[[str], None]) -> None:
        self._plan = plan
        self._recorder = recorder
        self._progress = progress
        self._deadline = time.monotonic() + plan.limits.wall_s
        self._waited_before_s = turns.HERE.waited_s
        self.faults: list[str] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        """Make the mark known under which a test speaks for a check."""
        config.addinivalue_line("markers", "check(id): the row of the rubric that this test speaks for")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests of the plan's checks, in the order of the rubric."""
        strangers = sorted({item.name for item in items if not self._recorder.knows(check_of(item))})
        if strangers and not self._plan.only:
            self.faults.append(f"hidden tests that speak for no check of the manifest: {', '.join(strangers)}")
        order = {check.id: number for number, check in enumerate(self._plan.checks)}
        items[:] = sorted((item for item in items if check_of(item) in order), key=lambda item: order[check_of(item)])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file of hidden tests that can't be imported."""
        if report.failed:
            self.faults.append(f"{report.nodeid} can't be collected: {report.longrepr}")

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Pass over a test whose check is settled, can't be measured here, or needs one that did not pass."""
        check = check_of(item)
        reason = self._recorder.reason_to_pass_over(check)
        if reason is not None:
            pytest.skip(reason)
        if time.monotonic() > self._deadline + turns.HERE.waited_s - self._waited_before_s:
            message = f"the whole grading took longer than the {self._plan.limits.wall_s:.0f} s that it may"
            raise SubmissionFault(Failure(Cause.TIMEOUT, message))
        self._progress(f"{check}: {item.name}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        """Let no test run while another grading on this machine measures."""
        with turns.HERE.shared():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note how a test ended; a set-up counts only when it failed, a skip was noted when it was decided."""
        report = yield
        error = call.excinfo.value if call.excinfo is not None else None
        if isinstance(error, pytest.skip.Exception):
            return report
        if call.when == "call" or error is not None:
            self._recorder.end(check_of(item), error, call.duration)
        return report
