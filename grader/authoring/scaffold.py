"""Makes a new challenge that works at once: `grade verify` passes before its author has changed a line."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

import jinja2

from grader.manifest.schema import PATTERNS
from harness.errors import UsageError

TEMPLATES = Path(__file__).with_name("templates")

_CHALLENGE = {
    "challenge.yaml": "challenge.yaml.j2",
    "README.md": "README.md.j2",
    "stub.py": "stub.py.j2",
    "hidden_tests/cases.py": "cases.py.j2",
    "hidden_tests/oracle.py": "oracle.py.j2",
    "hidden_tests/baseline.py": "baseline.py.j2",
    "hidden_tests/test_values.py": "test_values.py.j2",
    "hidden_tests/test_speed.py": "test_speed.py.j2",
}
_SOLUTIONS = {
    "full_marks/{file}": "full_marks.py.j2",
    "wrong_answer/wrong_axis.py": "wrong_axis.py.j2",
    "wrong_answer/half_precision.py": "half_precision.py.j2",
}
"""Each file of a new challenge, by the template that it is made from."""


def make_challenge(name: str, title: str | None, challenges: Path, solutions: Path) -> list[Path]:
    """Write a new challenge and its solutions; nothing that is there is touched.

    Args:
        name: its id.
        title: its title; made from the id unless given.
        challenges: folder that holds the challenges.
        solutions: folder that holds the solutions.

    Returns:
        The files that were written.

    Raises:
        UsageError: when the id is none, or something is there already.
    """
    words = _words(name, title)
    folders = {challenges / name: _CHALLENGE, solutions / name: _SOLUTIONS}
    for folder in folders:
        if folder.exists() or folder.is_symlink():
            raise UsageError(f"{folder}: is there already; choose another id, or take it away first")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined, autoescape=False,
        keep_trailing_newline=True,
    )  # fmt: skip
    written = []
    for folder, files in folders.items():
        for place, template in files.items():
            path = folder / place.format(**words)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(environment.get_template(template).render(words), encoding="utf-8")
            written.append(path)
    return written


def _words(name: str, title: str | None) -> dict[str, str]:
    """Make what the templates ask for from an id; a name of Python from any id."""
    pattern, told = PATTERNS["slug"]
    if not re.match(pattern, name):
        raise UsageError(f"{name!r} is no id of a challenge: it must be {told}, and start with a letter or a digit")
    shown = title or name.replace("-", " ").replace("_", " ").capitalize()
    pattern, told = PATTERNS["line"]
    if not re.match(pattern, shown) or len(shown) > 200:
        raise UsageError(f"--title must be {told} of at most 200 characters")
    function = re.sub("[^a-z0-9_]", "_", name.lower())
    if not function[0].isalpha() or keyword.iskeyword(function):
        function = f"solve_{function}"
    function = function[:60]
    return {"id": name, "title": shown, "file": f"{function}.py", "function": function}
