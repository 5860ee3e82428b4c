"""Tests of what a guest may see: modules that need nothing else, an interpreter that works, and no account's files."""

from __future__ import annotations

import ast
import os
import pwd
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

import harness
from harness.sandbox import guest_root
from harness.sandbox.guest_root import GUEST_MODULES, guest_files, interpreter_paths, library_paths

HARNESS = Path(harness.__file__).resolve().parent


def python_files() -> Iterator[Path]:
    for name in GUEST_MODULES:
        path = HARNESS / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def harness_imports(path: Path) -> Iterator[str]:
    """Every module of the harness that a file imports, as a path below it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            names += [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    modules = (name.removeprefix("harness.").replace(".", "/") + ".py" for name in names if name.startswith("harness."))
    yield from (module for module in modules if (HARNESS / module).exists())


def test_the_modules_of_a_guest_need_no_other_module_of_the_harness() -> None:
    shown = {str(path.relative_to(HARNESS)) for path in python_files()}
    needed = {module for path in python_files() for module in harness_imports(path)}

    assert {"wire.py", "inside/guard.py"} <= needed
    assert set() == needed - shown


@pytest.mark.parametrize(
    "judging", ["race.py", "stats.py", "plan.py", "sandbox", "plugin", "compare.py", "outcomes.py"]
)
def test_nothing_that_judges_is_shown(judging: str) -> None:
    assert (HARNESS / judging).exists()
    assert judging not in GUEST_MODULES


def test_candidate_and_baseline_are_users_that_no_account_has(tmp_path: Path) -> None:
    uids = [guest_files(tmp_path, tmp_path, side, (0,)).uid for side in (0, 1)]
    accounts = {account.pw_uid for account in pwd.getpwall()}

    assert len(uids) == len(set(uids))
    assert all(max(accounts - {65534, 4294967294}, default=0) < uid < 2**31 for uid in uids)


def test_guests_of_two_judges_are_not_the_same_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()
    for pid in (500, 501):
        monkeypatch.setattr(os, "getpid", lambda pid=pid: pid)
        seen |= {guest_files(tmp_path, tmp_path, side, (0,)).uid for side in (0, 1)}

    assert 4 == len(seen)


def test_installed_challenges_are_hidden_where_they_would_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guest_root, "interpreter_paths", lambda: (tmp_path / "data",))
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / name))
    before = guest_files(tmp_path, tmp_path, 0, (0,)).hidden
    installed = tmp_path / "data/share/superfast"
    installed.mkdir(parents=True)

    seen = guest_files(tmp_path, tmp_path, 0, (0,), secret=(tmp_path,)).hidden

    assert () == before
    assert (installed,) == seen


@pytest.mark.parametrize("file", [os.__file__, torch.__file__, sys.executable], ids=["library", "torch", "interpreter"])
def test_what_a_guest_runs_on_is_shown(file: str) -> None:
    shown = (*interpreter_paths(), Path("/usr"))

    assert any(Path(file).is_relative_to(folder) for folder in shown)
    assert any(Path(file).resolve().is_relative_to(folder) for folder in shown)


def test_an_environment_is_shown_in_parts_and_not_as_a_whole() -> None:
    shown = interpreter_paths()

    assert all(path.exists() for path in shown)
    assert not {Path(sys.prefix), Path(sys.base_prefix), Path("/"), Path.home()} & set(shown)


def test_what_lies_below_usr_is_there_already(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("prefix", "/usr"), ("base_prefix", "/usr"), ("executable", "/usr/bin/python3")):
        monkeypatch.setattr(sys, name, value)

    assert not [path for path in interpreter_paths() if path.is_relative_to("/usr")]


def test_a_library_outside_the_interpreters_tree_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "target/fastlib").mkdir(parents=True)
    (tmp_path / "target/fastlib/__init__.py").write_text("raise RuntimeError('nobody imports it')")
    monkeypatch.syspath_prepend(tmp_path / "target")
    monkeypatch.setattr("harness.sandbox.guest_root._LIBRARIES", ("fastlib", "torch", "no_such_library"))

    assert tmp_path / "target" in library_paths()
    assert tmp_path / "target" in interpreter_paths()
    assert not [path for path in library_paths() if path.is_relative_to(sys.prefix)]
