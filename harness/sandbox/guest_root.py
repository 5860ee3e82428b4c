"""What a guest may see of this machine: the interpreter, its libraries, the guest's own code and the submission."""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

_HARNESS = Path(__file__).resolve().parent.parent

SYSTEM_PATHS = ("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin")
"""Folders of the system that a guest sees whole, read-only."""

GUEST_MODULES = (
    "__init__.py", "fields.py", "parts.py", "kernel_parts.py", "graph_parts.py", "memory_parts.py", "wire.py",
    "readings.py", "payload.py", "device_memory.py", "inside",
)  # fmt: skip
"""The part of the harness that is shown to a guest: the wire, and nothing that judges."""

_LIBRARIES = ("torch", "triton", "numpy", "numba", "ninja", "setuptools", "bitsandbytes", "transformers")

_FIRST_GUEST_UID = 1_879_048_192
"""Start of a range of user ids that no account has: files of nobody belong to nobody here."""


@dataclass(frozen=True, slots=True)
class GuestFiles:
    """One guest's view of the file system.

    Attributes:
        submission: folder that is shown read-only.
        driver: folder of the challenge's driver, shown read-only; None without one.
        cache: folder for compiled code; shared by the guests of one submission in one grading, then thrown away.
        hidden: folders below something that is shown which are covered (challenges, a checkout's tests).
        code: (path here, name below the guest's code folder) of every module of ours that it needs.
        uid: outer user of the guest where the judge is root.
        cores: processors that it runs on; its libraries use one thread on each.
        devices: files of the GPUs that it may use; none in a guest of the CPU's lane, which has to work on the CPU.
    """

    submission: Path
    driver: Path | None
    cache: Path
    hidden: tuple[Path, ...]
    code: tuple[tuple[Path, str], ...]
    uid: int
    cores: tuple[int, ...]
    devices: tuple[Path, ...] = ()


def guest_files(
    submission: Path, cache: Path, side: int, cores: tuple[int, ...], secret: tuple[Path, ...] = (),
    driver: Path | None = None,
) -> GuestFiles:  # fmt: skip
    """Give the view for the guests of one submission.

    `side` keeps candidate and baseline under users of their own; `secret` folders are covered if they would be seen.
    """
    return GuestFiles(
        submission=submission,
        driver=driver,
        cache=cache,
        hidden=_covered((*_installed_challenges(), *_checkout(), *secret)),
        code=tuple((_HARNESS / module, f"harness/{module}") for module in GUEST_MODULES),
        uid=_FIRST_GUEST_UID + 4 * (os.getpid() % (1 << 20)) + side,
        cores=cores,
    )


def gpu_devices() -> tuple[Path, ...]:
    """Give the device files through which CUDA programs reach the NVIDIA GPUs of this machine."""
    return tuple(sorted(path for path in Path("/dev").glob("nvidia*") if not path.is_dir()))


def driver_folders() -> tuple[str, ...]:
    """Give those folders of the judge's own search path in which the driver's libraries lie."""
    folders = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    return tuple(folder for folder in folders if folder and (Path(folder) / "libcuda.so.1").exists())


def interpreter_paths() -> tuple[Path, ...]:
    """Give the folders of this interpreter, its environment and its libraries; those below /usr are there already."""
    roots = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent.parent}
    parts = ("bin", "include", "lib", "pyvenv.cfg")
    paths = {root / part for root in roots for part in parts} | set(library_paths())
    return tuple(sorted(path for path in paths if path.exists() and not path.is_relative_to("/usr")))


def library_paths() -> tuple[Path, ...]:
    """Give the folders of installed libraries that lie outside the interpreter's own tree (`pip install --target`)."""
    found = (importlib.util.find_spec(library) for library in _LIBRARIES)
    folders = {Path(spec.origin).parent.parent for spec in found if spec is not None and spec.origin is not None}
    own = (sys.prefix, sys.base_prefix)
    return tuple(sorted(folder for folder in folders if not any(folder.is_relative_to(root) for root in own)))


def _covered(secret: tuple[Path, ...]) -> tuple[Path, ...]:
    """Give those of the secret folders that lie below something that is shown."""
    shown = (*map(Path, SYSTEM_PATHS), *interpreter_paths())
    there = {path.resolve() for path in secret if path.is_dir()}
    return tuple(sorted(path for path in there if any(path.is_relative_to(root) for root in shown)))


def _installed_challenges() -> tuple[Path, ...]:
    return (Path(sysconfig.get_path("data")) / "share" / "superfast", Path(sys.prefix) / "share" / "superfast")


def _checkout() -> tuple[Path, ...]:
    """Give the folders of a checkout of this project that are no guest's business."""
    root = _HARNESS.parent
    return tuple(
        root / name for name in ("challenges", "solutions", "tests", ".git") if (root / "pyproject.toml").exists()
    )
