"""Imports a submission from its folder and finds the functions that the challenge calls."""

from __future__ import annotations

import difflib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.inside.guard import Function

MODULE_NAME = "submission"


class MissingFunction(ImportError):
    """The submission was imported, but has no function of the name that the challenge calls."""


def load_functions(folder: str, entry: str, functions: Sequence[str]) -> dict[str, Function]:
    """Import `entry` below `folder` as a module of its own and give the named functions.

    The folder comes last on the path: a file of the submission can't stand in for a library's module.

    Raises:
        MissingFunction: a name is not there or can't be called; names near misses.
        BaseException: whatever the submission raises while it is imported.
    """
    if folder not in sys.path:
        sys.path.append(folder)
    specification = importlib.util.spec_from_file_location(MODULE_NAME, Path(folder) / entry)
    if specification is None or specification.loader is None:
        raise MissingFunction(f"{entry} is not a Python file")
    module = importlib.util.module_from_spec(specification)
    sys.modules[MODULE_NAME] = module
    specification.loader.exec_module(module)
    found = {name: getattr(module, name, None) for name in functions}
    for name, function in found.items():
        if not callable(function):
            raise MissingFunction(f"{entry} has no function {name}{_near(name, vars(module))}")
    return {name: function for name, function in found.items() if callable(function)}


def _near(name: str, names: dict[str, object]) -> str:
    close = difflib.get_close_matches(name, [known for known in names if not known.startswith("_")], n=1)
    return f"; did you mean {close[0]}?" if close else ""
