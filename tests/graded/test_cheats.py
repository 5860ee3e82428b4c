"""No attack of the corpus passes, and no honest submission is hurt: each file gets exactly what it declares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from grader.authoring.expectation import read_expectation
from harness.sandbox.probe import probe_isolation
from tests.cheats.corpus import ATTACKS, ON_GPU, UNTIMED, files, gpu_files, is_raced, judge

RACED_CONTROLS = {"library_call", "stub_is_right_but_slow", "threads_that_are_joined", "compiles_in_a_subprocess"}
"""The others are raced by `make cheats` alone: a race takes ten seconds, of which the submission works one."""


@pytest.fixture(autouse=True)
def _in_a_sandbox() -> None:
    found, reason = probe_isolation()
    if found != "bubblewrap":
        pytest.skip(f"attacks are never run without a sandbox: {reason}")


def parameters(*, raced: bool) -> list[Any]:
    chosen = [path for path in files() if (is_raced(path) and _is_raced_here(path)) == raced]
    return [pytest.param(path, id=path.stem) for path in chosen]


def _is_raced_here(path: Path) -> bool:
    return path.parent == ATTACKS or path.stem in RACED_CONTROLS


@pytest.mark.graded
@pytest.mark.parametrize("path", parameters(raced=False))
def test_a_file_of_the_corpus_gets_what_it_declares(path: Path) -> None:
    assert () == judge(path, only=UNTIMED).differences


@pytest.mark.graded
@pytest.mark.alone
@pytest.mark.parametrize("path", parameters(raced=True))
def test_a_raced_file_of_the_corpus_gets_what_it_declares(path: Path) -> None:
    assert () == judge(path).differences


@pytest.mark.alone
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in gpu_files()])
def test_a_file_of_the_corpus_for_a_gpu_gets_what_it_declares(path: Path) -> None:
    assert () == judge(path).differences


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in gpu_files()])
def test_a_file_of_the_corpus_for_a_gpu_declares_both_checks(path: Path) -> None:
    assert ON_GPU == tuple(read_expectation(path))
