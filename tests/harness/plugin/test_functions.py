"""Tests of how the functions that can be called are found without running anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ManifestError
from harness.plugin.functions import functions_of

TEXT = '''
"""A baseline."""
import torch
from torch import matmul
raise SystemExit("nobody runs this")

def loops(a, b):
    def inner(): ...

def _helper(): ...

class Tile:
    def method(self): ...

@torch.no_grad()
def naïve(a, b): ...

shortcut = loops
'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "baseline.py"


def test_the_public_functions_are_named_in_their_order(path: Path) -> None:
    path.write_text(TEXT, encoding="utf-8")

    assert ("loops", "naïve") == functions_of(path)


def test_a_challenge_without_a_baseline_has_no_functions(path: Path) -> None:
    assert () == functions_of(path)


def test_a_baseline_that_is_no_python_is_the_authors_fault(path: Path) -> None:
    path.write_text("import torch\ndef loops(:\n")
    with pytest.raises(ManifestError, match=r"baseline\.py: 1 fault\(s\)\n  - line 2: "):
        functions_of(path)


@pytest.mark.parametrize("text", [b"def f(): ...  # \xff", b"\x80"])
def test_a_baseline_that_is_no_text_is_the_authors_fault(path: Path, text: bytes) -> None:
    path.write_bytes(text)
    with pytest.raises(ManifestError, match=r"baseline\.py"):
        functions_of(path)
