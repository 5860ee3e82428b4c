"""Imports a submission from its folder, finds the functions that the challenge calls, and binds its driver to it."""

from __future__ import annotations

import difflib
import functools
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from harness.inside.guard import Function

MODULE_NAME = "submission"
DRIVER_NAME, DRIVER_FILE = "driver", "driver.py"


class MissingFunction(ImportError):
    """The submission was imported, but lacks a file or a name that the challenge calls."""


class Modules:
    """The modules of one submission, each imported once, when it is first asked for.

    The folder comes last on the path: a file of the submission can't stand in for a module of a library, nor for one of
    the driver, whose folder comes before it.

    Attributes:
        failure: what the last import raised; None when it went well.
    """

    def __init__(self, folder: str, entry: str | None, driver: str | None = None) -> None:
        self._folder = folder
        self._entry = entry
        self._loaded: dict[str, ModuleType] = {}
        self.failure: BaseException | None = None
        for one in (driver, folder):
            if one is not None:
                _append_to_path(one)

    @property
    def has_entry(self) -> bool:
        """Whether there is one file that stands for the whole submission."""
        return self._entry is not None

    def __call__(self, file: str | None = None) -> ModuleType:
        """Give a file of the submission as a module, the entry file unless another one is named.

        Raises:
            MissingFunction: there is no such file.
            BaseException: whatever the submission raises while it is imported.
        """
        name = file or self._entry
        if name is None:
            raise MissingFunction("this challenge has no entry file; name a file of the submission")
        if name not in self._loaded:
            self._loaded[name] = self._imported(name)
        return self._loaded[name]

    def _imported(self, file: str) -> ModuleType:
        alone = file == self._entry
        name = MODULE_NAME if alone else f"{MODULE_NAME}_{file.removesuffix('.py').replace('/', '_')}"
        self.failure = None
        try:
            return import_file(name, self._folder, file)
        except BaseException as error:
            self.failure = error
            raise


def import_file(name: str, folder: str, file: str) -> ModuleType:
    """Import one file below `folder` under the name `name`.

    Raises:
        MissingFunction: there is no such Python file.
        BaseException: whatever its code raises.
    """
    path = Path(folder) / file
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None or not path.is_file():
        raise MissingFunction(f"the submission has no Python file {file}")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module


def load_functions(modules: Modules, functions: Sequence[str]) -> dict[str, Function]:
    """Import the entry file and give the named functions of it.

    Raises:
        MissingFunction: a name is not there or can't be called; names near misses.
        BaseException: whatever the submission raises while it is imported.
    """
    module = modules()
    return {name: _callable(module, name) for name in functions}


def load_driver(modules: Modules, folder: str, functions: Sequence[str]) -> dict[str, Function]:
    """Import the driver, then the entry file if there is one; give the driver's functions with the submission bound.

    The driver comes first, so that what it imports is what the challenge has.

    Raises:
        BaseException: whatever the submission raises while it is imported.
    """
    driver = import_file(DRIVER_NAME, folder, DRIVER_FILE)
    if modules.has_entry:
        modules()
    return {name: functools.partial(_callable(driver, name), modules) for name in functions}


def near_misses(name: str, names: Sequence[str]) -> str:
    """Say which public name may have been meant, or nothing."""
    close = difflib.get_close_matches(name, [known for known in names if not known.startswith("_")], n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _callable(module: ModuleType, name: str) -> Function:
    found: Function | None = getattr(module, name, None)
    if found is None or not callable(found):
        file = Path(module.__file__ or module.__name__).name
        raise MissingFunction(f"{file} has no function {name}{near_misses(name, list(vars(module)))}")
    return found


def _append_to_path(folder: str) -> None:
    if folder not in sys.path:
        sys.path.append(folder)
