"""Tests of how a submission is imported: from its own folder, in nobody's place, with a word on near misses."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.inside.loading import MODULE_NAME, MissingFunction, Modules, load_driver, load_functions


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules are forgotten afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = dict(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - set(before):
        del sys.modules[name]


def load(folder: Path, text: str, *functions: str) -> dict[str, object]:
    (folder / "entry.py").write_text(text)
    return {name: function() for name, function in load_functions(Modules(str(folder), "entry.py"), functions).items()}


def test_the_functions_asked_for_are_found_and_no_others(folder: Path) -> None:
    assert {"f": 1, "g": 2} == load(folder, "def f(): return 1\ng = lambda: 2\ndef h(): return 3\n", "f", "g")


def test_a_file_beside_the_entry_can_be_imported(folder: Path) -> None:
    (folder / "beside_the_entry.py").write_text("value = 7")

    assert {"f": 7} == load(folder, "import beside_the_entry\ndef f(): return beside_the_entry.value\n", "f")


def test_a_file_beside_the_entry_stands_in_for_no_library(folder: Path) -> None:
    sys.modules.pop("colorsys", None)
    (folder / "colorsys.py").write_text("raise RuntimeError('not the library')")
    found = load(folder, "import colorsys\ndef f(): return colorsys.__file__\n", "f")

    assert not str(found["f"]).startswith(str(folder))


def test_the_folder_is_added_to_the_path_once_and_last(folder: Path) -> None:
    load(folder, "def f(): pass", "f")
    load(folder, "def f(): pass", "f")

    assert 1 == sys.path.count(str(folder))
    assert str(folder) == sys.path[-1]


def test_a_submission_finds_itself_while_it_is_imported(folder: Path) -> None:
    text = (
        "from __future__ import annotations\nimport dataclasses\n"
        "@dataclasses.dataclass\nclass Tile:\n    rows: int = 4\n"
        "def f(): return Tile.__module__, Tile().rows\n"
    )

    assert {"f": (MODULE_NAME, 4)} == load(folder, text, "f")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def mat_mull(): pass", "entry.py has no function mat_mul; did you mean mat_mull?"),
        ("def _mat_mul(): pass", "entry.py has no function mat_mul$"),
        ("def completely_different(): pass", "entry.py has no function mat_mul$"),
        ("mat_mul = 3", "entry.py has no function mat_mul"),
        ("", "entry.py has no function mat_mul$"),
    ],
)
def test_a_missing_function_is_named_with_its_near_misses(folder: Path, text: str, words: str) -> None:
    with pytest.raises(MissingFunction, match=words):
        load(folder, text, "mat_mul")


def test_a_file_that_is_no_python_is_refused(folder: Path) -> None:
    (folder / "entry.txt").write_text("def f(): pass")
    with pytest.raises(MissingFunction, match=r"the submission has no Python file entry\.txt"):
        load_functions(Modules(str(folder), "entry.txt"), ["f"])


@pytest.mark.parametrize(
    ("text", "error"),
    [("def f(:", SyntaxError), ("import no_such_module", ImportError), ("raise SystemExit(3)", SystemExit)],
)
def test_what_a_submission_raises_while_it_is_imported_comes_through(
    folder: Path, text: str, error: type[BaseException]
) -> None:
    with pytest.raises(error):
        load(folder, text, "f")


def driven(folder: Path, driver: str, entry: str | None) -> Callable[[], object]:
    (folder / "driver").mkdir()
    (folder / "driver" / "driver.py").write_text(driver)
    (function,) = load_driver(Modules(str(folder), entry), str(folder / "driver"), ["f"]).values()
    return function


def test_a_driver_calls_the_entry_file(folder: Path) -> None:
    (folder / "entry.py").write_text("def g(x): return x + 1")

    assert 4 == driven(folder, "def f(load): return load().g(3)", "entry.py")()


def test_a_driver_calls_any_file_of_a_folder_and_each_is_imported_once(folder: Path) -> None:
    (folder / "cases").mkdir()
    (folder / "cases" / "one.py").write_text("seen = []\ndef g(): seen.append(1); return len(seen)")
    function = driven(folder, "def f(load): return load('cases/one.py').g()", None)

    assert [1, 2] == [function(), function()]


def test_an_entry_file_is_imported_before_its_driver_is_asked_anything(folder: Path) -> None:
    (folder / "entry.py").write_text("raise RuntimeError('no')")
    with pytest.raises(RuntimeError, match="no"):
        driven(folder, "def f(load): return 1", "entry.py")


def test_a_file_that_is_not_there_is_named(folder: Path) -> None:
    function = driven(folder, "def f(load): return load('cases/two.py')", None)
    with pytest.raises(MissingFunction, match=r"the submission has no Python file cases/two\.py"):
        function()


def test_what_the_import_of_one_file_raised_is_remembered(folder: Path) -> None:
    (folder / "entry.py").write_text("raise ImportError('gone')")
    modules = Modules(str(folder), "entry.py")
    with pytest.raises(ImportError) as caught:
        modules()

    assert caught.value is modules.failure
