"""Runs the hidden tests of a challenge on one submission, in this process, and gives what they found."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from harness.errors import JudgeError, ManifestError
from harness.plan import Findings, GradingPlan, Span
from harness.plugin.candidate import Bench
from harness.plugin.conduct import Conduct
from harness.plugin.fixtures import Fixtures
from harness.plugin.functions import BASELINE_FILE, Functions
from harness.plugin.recorder import Recorder
from harness.sandbox.guests import Guests, Shown

_OPTIONS = (
    "--capture=no", "--import-mode=prepend", "--strict-markers", "--override-ini=addopts=", "--no-header", "-q",
    "-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "pytest_benchmark.plugin",
)  # fmt: skip


def run_hidden_tests(plan: GradingPlan, progress: Callable[[str], None]) -> Findings:
    """Start what isolation there is, run the hidden tests against the submission, and end every process again.

    Args:
        plan: the submission, the hidden tests, the rubric's rows and the limits.
        progress: told in a few words what is being done.

    Raises:
        SandboxError: a sandbox is required and not to be had.
        JudgeError: pytest itself could not run.
    """
    spans: list[Span] = []
    generator = torch.Generator().manual_seed(int.from_bytes(plan.seed[:8], "big") >> 1)
    recorder = Recorder(plan.checks, plan.lanes, plan.seed.hex())
    with _shown_to_guests(plan) as shown, Guests(plan, shown, generator) as guests:
        bench = Bench(plan, guests, Functions.of(plan, shown), lambda name, wall_s: spans.append(Span(name, wall_s)))
        fixtures = Fixtures(plan, guests, bench, recorder, progress)
        conduct = Conduct(plan, recorder, progress)
        _run_pytest(plan.hidden_tests, fixtures, conduct)
        outcomes = recorder.outcomes()
        spans += [Span(f"check {one.check}", one.wall_s) for one in outcomes]
        return Findings(outcomes, guests.isolation, guests.isolation_note, guests.freezer, tuple(spans))


def _run_pytest(hidden_tests: Path, fixtures: Fixtures, conduct: Conduct) -> None:
    """Run pytest on a folder, untouched by this machine's settings, and forget its modules afterwards."""
    said = io.StringIO()
    line = [str(hidden_tests), "--rootdir", str(hidden_tests), "-c", os.devnull, *_OPTIONS]
    with _pytest_alone(), _modules_forgotten(hidden_tests), contextlib.redirect_stdout(said):
        status = pytest.main(line, plugins=[fixtures, conduct])
    if conduct.faults:
        raise ManifestError(hidden_tests.name, tuple(conduct.faults))
    if status in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
        raise JudgeError(f"pytest could not run the hidden tests:\n{said.getvalue()[-4000:]}")
    if status == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt


@contextlib.contextmanager
def _shown_to_guests(plan: GradingPlan) -> Iterator[Shown]:
    """Copy the baseline and the driver to folders with nothing else in them: no guest sees a hidden test."""
    source = plan.hidden_tests / BASELINE_FILE
    with tempfile.TemporaryDirectory(prefix="superfast-shown-") as name:
        shown = Shown(Path(name) / "baseline", None if plan.driver is None else Path(name) / "driver")
        shown.baseline.mkdir()
        if source.exists():
            shutil.copyfile(source, shown.baseline / BASELINE_FILE)
        if plan.driver is not None and shown.driver is not None:
            shutil.copytree(plan.driver, shown.driver, ignore=shutil.ignore_patterns("__pycache__"))
        for path in (Path(name), *Path(name).rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        yield shown


@contextlib.contextmanager
def _pytest_alone() -> Iterator[None]:
    """Keep plugins and options that this machine has installed for other uses out of a grading."""
    settings = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    before = {name: os.environ.get(name) for name in settings}
    os.environ |= settings
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextlib.contextmanager
def _modules_forgotten(folder: Path) -> Iterator[None]:
    """Forget the modules of a challenge, the next one's have the same names; and set aside others that are named so."""
    path = list(sys.path)
    names = {file.stem for file in folder.glob("*.py")}
    aside = {name: sys.modules.pop(name) for name in names & sys.modules.keys()}
    try:
        yield
    finally:
        sys.path[:] = path
        for name, module in list(sys.modules.items()):
            origin = getattr(module, "__file__", None)
            if origin and Path(origin).is_relative_to(folder):
                del sys.modules[name]
        sys.modules |= aside
