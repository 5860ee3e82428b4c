"""A challenge on disk: its folder, its manifest, its digest, and where challenges are found."""

from __future__ import annotations

import hashlib
import site
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.guess import did_you_mean
from grader.manifest.load import load_manifest
from grader.manifest.schema import Entry, Manifest
from harness.errors import ManifestError, UsageError

MANIFEST_NAME = "challenge.yaml"
"""Name of the manifest in a challenge's folder."""

_INSTALLED = Path("share", "superfast", "challenges")
"""Where an installation puts challenges, under its data folder."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge.

    Attributes:
        folder: its folder, absolute.
        manifest: what its `challenge.yaml` says.
        digest: sha256, hex, over manifest, brief, stub, driver and hidden tests, by name and content.
    """

    folder: Path
    manifest: Manifest
    digest: str

    @property
    def id(self) -> str:
        """Its id, which is the name of its folder too."""
        return self.manifest.id

    @property
    def hidden_tests(self) -> Path:
        """Folder of the hidden tests."""
        return self.folder / "hidden_tests"

    @property
    def stub(self) -> Path:
        """What the learner starts from: a file, or a folder where a submission is one."""
        file = self.folder / "stub.py"
        return file if file.exists() else self.folder / "stub"

    @property
    def driver(self) -> Path | None:
        """Folder of the driver that calls the submission inside its guest; None where there is none."""
        return self.folder / "driver" if self.manifest.entry.driver else None

    @property
    def brief(self) -> Path:
        """The task in prose."""
        return self.folder / "README.md"


def load_challenge(folder: Path) -> Challenge:
    """Read the challenge in `folder`.

    Raises:
        ManifestError: when its manifest is not well formed, or one of its parts is missing.
    """
    folder = folder.absolute()
    manifest = load_manifest(folder / MANIFEST_NAME)
    missing = [name for name in _parts(manifest.entry) if not (folder / name).exists()]
    if missing:
        raise ManifestError(str(folder), tuple(f"{name}: is missing" for name in missing))
    return Challenge(folder=folder, manifest=manifest, digest=_digest(folder))


def find_challenges(explicit: Path | None, start: Path | None = None) -> Path:
    """Find the folder that holds challenges.

    Looked for in this order: the folder given; `challenges/` of a checkout at or above `start` (the current folder
    unless given); the copy that was installed with the package, for all users or for this one.

    Raises:
        UsageError: when there is none.
    """
    if explicit is not None:
        if not explicit.is_dir():
            raise UsageError(f"--challenges {explicit}: there is no such folder")
        return explicit.absolute()
    places = [*_checkouts(start or Path.cwd()), *_installed()]
    for place in places:
        if place.is_dir():
            return place
    looked = ", ".join(str(place) for place in _installed())
    raise UsageError(
        f"no challenges found: the current folder is in no checkout of superfast, and there is no {looked}; "
        "give their folder with --challenges DIR"
    )


def challenge_ids(root: Path) -> list[str]:
    """List the ids of the challenges in `root`, sorted."""
    return sorted(path.parent.name for path in root.glob(f"*/{MANIFEST_NAME}"))


def open_challenge(root: Path, name: str, commands: Sequence[str] = ()) -> Challenge:
    """Read the challenge called `name` in `root`.

    Args:
        root: folder that holds challenges.
        name: id that was asked for.
        commands: names of commands, which may be what was meant.

    Raises:
        UsageError: when there is none of that name.
        ManifestError: when it is not well formed.
    """
    known = challenge_ids(root)
    if name in known:
        return load_challenge(root / name)
    guess = did_you_mean(name, [*known, *commands])
    listed = ", ".join(known) or "none"
    raise UsageError(f"no challenge is called {name!r}{guess}\nchallenges in {root}: {listed}")


def _checkouts(start: Path) -> Iterator[Path]:
    """Walk upwards and name `challenges/` of each checkout of superfast."""
    for folder in (start.absolute(), *start.absolute().parents):
        if _is_checkout(folder / "pyproject.toml"):
            yield folder / "challenges"


def _is_checkout(pyproject: Path) -> bool:
    """Tell whether a `pyproject.toml` is that of superfast; reads lines, since a TOML parser costs start-up time."""
    try:
        lines = pyproject.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    return any(line.replace(" ", "").replace("'", '"').startswith('name="superfast"') for line in lines)


def _installed() -> list[Path]:
    """Name the places where pip puts data files: of this environment, and of this user."""
    bases = [sysconfig.get_path("data"), site.getuserbase()]
    return [Path(base) / _INSTALLED for base in bases]


def _digest(folder: Path) -> str:
    """Hash what decides a grade, by name and content, each with its length so that no two sets of files are alike."""
    total = hashlib.sha256()
    for path in sorted(_deciding_files(folder)):
        name, content = path.relative_to(folder).as_posix().encode(), path.read_bytes()
        total.update(f"{len(name)} {len(content)} ".encode() + name + content)
    return total.hexdigest()


def _parts(entry: Entry) -> list[str]:
    """Name what must lie in a challenge's folder beside its manifest."""
    stub = "stub.py" if entry.file else f"stub/{entry.folder}"
    return ["README.md", stub, *(["driver/driver.py"] if entry.driver else []), "hidden_tests/"]


def _deciding_files(folder: Path) -> Iterator[Path]:
    """List manifest, brief, stub, driver and hidden tests, less what Python and pytest leave behind."""
    yield from (folder / name for name in (MANIFEST_NAME, "README.md", "stub.py") if (folder / name).is_file())
    for path in (path for name in ("stub", "driver", "hidden_tests") for path in (folder / name).rglob("*")):
        left_behind = "__pycache__" in path.parts or ".pytest_cache" in path.parts or path.suffix == ".pyc"
        if path.is_file() and not left_behind:
            yield path
