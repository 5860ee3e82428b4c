"""Reads the names of a baseline's functions without importing it: only its own guest does that."""

from __future__ import annotations

import ast
from pathlib import Path

from harness.errors import ManifestError


def functions_of(path: Path) -> tuple[str, ...]:
    """Give the public functions of a Python file, in its order; none where there is no file.

    Raises:
        ManifestError: the file is not Python.
    """
    if not path.exists():
        return ()
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise ManifestError(path.name, (f"line {line}: {error}" if line else str(error),)) from error
    names = (node.name for node in tree.body if isinstance(node, ast.FunctionDef))
    return tuple(name for name in names if not name.startswith("_"))
