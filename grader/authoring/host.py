"""Makes what a host needs to grade: Gradescope's zip, a Dockerfile, a GitHub Action, Classroom 50's runner.

Every one of them brings the challenge, hidden tests included, in the host's own copy. What a learner hands in is a path
that is read as data; a `challenges/` or `hidden_tests/` in there is never looked at.
"""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import jinja2

from grader.challenge import Challenge
from harness.errors import UsageError

TEMPLATES = Path(__file__).with_name("templates") / "host"

FILES = {
    "Dockerfile": "Dockerfile.j2",
    "action.yml": "action.yml.j2",
    "workflow.yml": "workflow.yml.j2",
    "classroom50.sh": "classroom50.sh.j2",
}
"""Each file beside the zip, by its template."""

_IN_ZIP = {"setup.sh": "gradescope_setup.sh.j2", "run_autograder": "gradescope_run.sh.j2"}
_SOURCES = ("harness", "grader")
_TOPS = ("pyproject.toml", "setup.py", "constraints.txt", "README.md", "LICENSE")
_EPOCH = (2026, 1, 1, 0, 0, 0)
"""The time of every file in a zip, so that the same challenge makes the same bytes."""


def release_grader(challenge: Challenge, checkout: Path, folder: Path) -> list[Path]:
    """Write the host's side of a challenge into `folder / id-grader`.

    Args:
        challenge: what is graded.
        checkout: a checkout of this project, whose sources go into the zip.
        folder: where to write.

    Raises:
        UsageError: when the place is taken, or `checkout` is none.
    """
    target = folder / f"{challenge.id}-grader"
    if target.exists() or target.is_symlink():
        raise UsageError(f"{target}: is there already; take it away, or release to another folder")
    missing = [name for name in (*_SOURCES, *_TOPS) if not (checkout / name).exists()]
    if missing:
        raise UsageError(f"{checkout}: is no checkout of superfast, {', '.join(missing)} is missing")
    target.mkdir(parents=True)
    words = {"id": challenge.id, "place": challenge.manifest.entry.place.rstrip("/")}
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )  # fmt: skip
    for name, template in FILES.items():
        (target / name).write_text(environment.get_template(template).render(words), encoding="utf-8")
    (target / "classroom50.sh").chmod(0o755)
    scripts = {name: environment.get_template(template).render(words) for name, template in _IN_ZIP.items()}
    _write_zip(target / "gradescope.zip", scripts, _grading_files(challenge, checkout))
    return sorted(path for path in target.iterdir())


def _grading_files(challenge: Challenge, checkout: Path) -> dict[str, Path]:
    """Name all that grades: our sources and this challenge, by their place in the zip; no solution is among them."""
    found = {f"superfast/{name}": checkout / name for name in _TOPS}
    folders = [(checkout / name, checkout) for name in _SOURCES]
    folders.append((challenge.folder, challenge.folder.parents[1]))
    for folder, above in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts:
                found[f"superfast/{path.relative_to(above).as_posix()}"] = path
    return found


def _write_zip(path: Path, scripts: dict[str, str], files: dict[str, Path]) -> None:
    """Write a zip whose bytes depend on its contents alone; scripts may be run."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(scripts.items()):
            archive.writestr(_entry(name, 0o755), text)
        for name, source in sorted(files.items()):
            archive.writestr(_entry(name, 0o644), source.read_bytes())


def _entry(name: str, mode: int) -> zipfile.ZipInfo:
    """Describe one file of a zip."""
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = (stat.S_IFREG | mode) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
