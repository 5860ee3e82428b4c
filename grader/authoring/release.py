"""Makes what a learner gets of a challenge, and proves that nothing hidden is in it.

A bundle is an allow-list: brief, stub, driver (which learners may read), what the manifest says without its hidden
half, and the sha256 of every file. Hidden tests, oracles and solutions stay on the host; grading takes them from there.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.challenge import Challenge
from harness.errors import ManifestError, UsageError

LEAST_CHARS = 24
"""A stripped line shorter than this gives nothing away (`return out`)."""

LEAST_PART_CHARS = 40
"""A line as long as this gives something away even inside another line; a shorter one may be prose (`dtype=...,`)."""

HASHES = "SHA256SUMS"
SUMMARY = "challenge.json"


@dataclass(frozen=True, slots=True)
class Leak:
    """A line of a hidden file that a bundle holds.

    Attributes:
        file: file of the bundle, relative to it.
        source: file that it comes from, relative to the challenge or the solutions.
        line: the line, stripped.
    """

    file: str
    source: str
    line: str


def release(challenge: Challenge, solutions: Path | None, folder: Path) -> list[Path]:
    """Write the learner's bundle of a challenge into `folder / id`.

    Args:
        challenge: what to release.
        solutions: folder of all solutions, to search for their lines; None where there are none.
        folder: where bundles go.

    Returns:
        The files that were written.

    Raises:
        UsageError: when the place is taken.
        ManifestError: when something public holds a hidden line; nothing is left behind then.
    """
    target = folder / challenge.id
    if target.exists() or target.is_symlink():
        raise UsageError(f"{target}: is there already; take it away, or release to another folder")
    target.mkdir(parents=True)
    try:
        for source, name in _public(challenge):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / name)
        (target / SUMMARY).write_text(summary_text(challenge), encoding="utf-8")
        (target / HASHES).write_text(hashes_text(target), encoding="utf-8")
        leaks = scan(challenge, solutions, target)
        if leaks:
            told = tuple(f"{leak.file}: has a line of {leak.source}: {leak.line!r}" for leak in leaks)
            raise ManifestError(f"release of {challenge.id}", told)
    except BaseException:  # a leak, a full disk, Ctrl-C: no half a bundle, and none that leaks, may stay
        shutil.rmtree(target)
        raise
    return sorted(path for path in target.rglob("*") if path.is_file())


def scan(challenge: Challenge, solutions: Path | None, bundle: Path) -> list[Leak]:
    """Search a bundle for every line of the hidden tests and of the solutions, and for long ones inside lines too.

    Lines that the stub, the brief or the driver are meant to share with solutions (signatures and docstrings of the
    stub) are not hidden; a baseline may be the stub's own code.
    """
    texts = {
        path.relative_to(bundle).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(bundle.rglob("*"))
        if path.is_file()
    }
    lines = {name: frozenset(line.strip() for line in text.splitlines()) for name, text in texts.items()}
    started_from = _stub_lines(challenge)
    return [
        Leak(name, source, line)
        for source, line in hidden_lines(challenge, solutions)
        if line not in started_from
        for name, text in texts.items()
        if line in lines[name] or (len(line) >= LEAST_PART_CHARS and line in text)
    ]


def hidden_lines(challenge: Challenge, solutions: Path | None) -> Iterator[tuple[str, str]]:
    """Give every line that must not be told: (file, line), without imports and what is too short to tell."""
    folders = [(challenge.hidden_tests, challenge.folder)]
    if solutions is not None:
        folders.append((solutions / challenge.id, solutions))
    for folder, above in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                    stripped = line.strip()
                    if len(stripped) >= LEAST_CHARS and not stripped.startswith(("import ", "from ", "#include")):
                        yield path.relative_to(above).as_posix(), stripped


def summary_text(challenge: Challenge) -> str:
    """Write what a learner may know of the manifest, and the digest of the challenge that will grade."""
    manifest = challenge.manifest
    document = {
        "schema": "superfast/release/v1",
        "id": manifest.id,
        "title": manifest.title,
        "summary": manifest.summary,
        "entry": manifest.entry.model_dump(exclude_none=True),
        "limits": manifest.limits.model_dump(),
        "pass_mark": manifest.pass_mark,
        "digest": challenge.digest,
        "checks": [
            {
                "id": check.id,
                "title": check.title,
                "max_points": check.max_points,
                "lane": check.lane,
                "required": check.required,
                "tiers": [] if check.threshold is None else [tier.model_dump() for tier in check.threshold.tiers],
            }
            for check in manifest.checks
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def hashes_text(folder: Path) -> str:
    """Write the sha256 of every file of a bundle, as `sha256sum --check` reads it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != HASHES)
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n" for path in files
    )


def _public(challenge: Challenge) -> Iterator[tuple[Path, str]]:
    """Give the files that learners get, with their names in the bundle; links are refused."""
    tops = [challenge.brief, challenge.stub, *([challenge.driver] if challenge.driver else [])]
    for top in tops:
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_symlink():
                raise ManifestError(str(path), ("is a link; put the file itself there",))
            if path.is_file() and "__pycache__" not in path.parts:
                yield path, path.relative_to(challenge.folder).as_posix()


def _stub_lines(challenge: Challenge) -> frozenset[str]:
    """Give the lines that learners start from, which solutions and baselines therefore share."""
    files = [challenge.stub] if challenge.stub.is_file() else sorted(challenge.stub.rglob("*.py"))
    return frozenset(line.strip() for path in files for line in path.read_text(encoding="utf-8").splitlines())
