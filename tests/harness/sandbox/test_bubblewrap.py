"""Tests of bubblewrap's command line: what of this machine it shows, what it covers, and whose privileges it takes."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import harness
from harness.errors import SandboxError
from harness.sandbox import bubblewrap
from harness.sandbox.guest_root import GUEST_MODULES, GuestFiles, guest_files

REPOSITORY = Path(harness.__file__).resolve().parents[1]
PROGRAM = ["python", "-c", "pass"]
DESCRIPTORS = {"info": 11, "block": 12, "seccomp": 13}
WHICH = shutil.which
BINDS = ("--ro-bind", "--bind", "--ro-bind-try", "--bind-try", "--dev-bind", "--dev-bind-try")


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests read a command line; whether bubblewrap is installed here is not their business."""
    monkeypatch.setattr(shutil, "which", lambda name: WHICH(name) or f"/usr/bin/{name}")


@pytest.fixture
def files(tmp_path: Path) -> GuestFiles:
    for name in ("submission", "cache"):
        (tmp_path / name).mkdir()
    return guest_files(tmp_path / "submission", tmp_path / "cache", 0, (0, 1, 2))


def line_of(files: GuestFiles) -> list[str]:
    return bubblewrap.command(files, 1 << 20, DESCRIPTORS, PROGRAM)


def binds_of(line: list[str]) -> list[tuple[str, Path, Path]]:
    return [(word, Path(line[at + 1]), Path(line[at + 2])) for at, word in enumerate(line) if word in BINDS]


def places_of(line: list[str], flag: str, value: str) -> list[int]:
    return [at for at, word in enumerate(line[:-1]) if (word, line[at + 1]) == (flag, value)]


def settings_of(line: list[str]) -> dict[str, str]:
    return {line[at + 1]: line[at + 2] for at, word in enumerate(line) if word == "--setenv"}


def as_user(monkeypatch: pytest.MonkeyPatch, uid: int) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)


def test_of_the_judges_own_code_a_guest_sees_the_listed_modules_alone(files: GuestFiles) -> None:
    sources = [source.resolve() for _, source, _ in binds_of(line_of(files))]
    of_the_repository = {source for source in sources if source.is_relative_to(REPOSITORY)}
    of_the_environment = {source for source in sources if source.is_relative_to(Path(sys.prefix).resolve())}

    assert {REPOSITORY / "harness" / name for name in GUEST_MODULES} == of_the_repository - of_the_environment
    assert [] == [source for source in sources if REPOSITORY.is_relative_to(source)]


def test_every_module_lies_where_a_guest_imports_it(files: GuestFiles) -> None:
    shown = {str(target): source for _, source, target in binds_of(line_of(files))}

    assert REPOSITORY / "harness/wire.py" == shown["/guest/harness/wire.py"]
    assert files.submission == shown["/submission"]


def test_nothing_but_the_cache_can_be_written(files: GuestFiles) -> None:
    writable = [(source, target) for flag, source, target in binds_of(line_of(files)) if flag != "--ro-bind"]

    assert [(files.cache, Path("/cache"))] == writable


@pytest.mark.parametrize("shown", ["/", "/etc", "/home", "/root", "/var", "/proc", "/sys", "/dev", "/tmp", "/run"])
def test_no_folder_with_other_peoples_things_is_shown(files: GuestFiles, shown: str) -> None:
    assert Path(shown) not in [source for _, source, _ in binds_of(line_of(files))]


@pytest.mark.parametrize("kind", ["pid", "net", "ipc", "uts"])
def test_a_guest_has_its_own_namespaces(files: GuestFiles, kind: str) -> None:
    assert f"--unshare-{kind}" in line_of(files)


def test_a_guest_ends_with_its_judge_and_has_no_terminal(files: GuestFiles) -> None:
    assert {"--die-with-parent", "--new-session"} <= set(line_of(files))


def test_a_guest_gets_a_list_of_variables_and_nothing_of_the_judges_own(
    files: GuestFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPERFAST_SECRET", "seed")
    monkeypatch.setenv("HOME", "/home/judge")
    monkeypatch.setenv("LD_PRELOAD", "")
    line = line_of(files)
    settings = settings_of(line)

    assert "--clearenv" in line
    assert line.index("--clearenv") < line.index("--setenv")
    assert "SUPERFAST_SECRET" not in settings
    assert "LD_PRELOAD" not in settings
    assert "/tmp/home" == settings["HOME"]
    assert "{0},{1},{2}" == settings["OMP_PLACES"]
    assert {"3"} == {settings[name] for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "MAX_JOBS")}


@pytest.mark.parametrize(("cache", "temporary"), [("/cache", "/tmp"), ("/somewhere/else", "/somewhere/else")])
def test_compiled_code_goes_into_the_guests_own_cache(files: GuestFiles, cache: str, temporary: str) -> None:
    settings = bubblewrap.environment(files, "/nowhere", cache)
    caches = [value for name, value in settings.items() if "CACHE_DIR" in name or "EXTENSIONS" in name]

    assert 4 == len({value for value in caches if value.startswith(f"{cache}/")})
    assert temporary == settings["TMPDIR"]


def test_hidden_folders_are_covered_after_all_that_shows_them(files: GuestFiles, tmp_path: Path) -> None:
    hidden = (Path("/usr/share/superfast"), Path(sys.prefix) / "lib" / "superfast")
    line = line_of(replace(files, hidden=hidden))
    last_bind = max(at for at, word in enumerate(line) if word == "--ro-bind")

    for folder in hidden:
        [place] = places_of(line, "--tmpfs", str(folder))
        assert place > last_bind
        assert ["--perms", "0000"] == line[place - 2 : place]


def test_what_lies_below_a_private_folder_is_shown_after_it(files: GuestFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "interpreter_paths", lambda: (Path("/tmp/venv/bin"), Path("/tmp/venv/lib")))
    line = line_of(files)
    [private] = places_of(line, "--tmpfs", "/tmp")
    below = [at for at, word in enumerate(line) if word in BINDS and line[at + 2].startswith("/tmp/")]

    assert ["--size", str(1 << 20), "--perms", "1777"] == line[private - 4 : private]
    assert 2 == len([at for at in below if at > private])


def test_everybody_may_walk_to_what_is_shown(files: GuestFiles) -> None:
    line = line_of(files)
    made = {line[at + 1]: line[at - 2 : at] for at, word in enumerate(line) if word == "--dir"}
    there = {"/", "/tmp", "/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin"}
    above = {str(folder) for _, _, target in binds_of(line) for folder in target.parents}
    to_be_made = {folder for folder in above - there if not folder.startswith("/usr/")}

    assert {"/guest", "/guest/harness"} <= to_be_made
    assert {folder: ["--perms", "0755"] for folder in to_be_made} == {folder: made.get(folder) for folder in to_be_made}


def test_a_judge_without_privileges_takes_a_user_namespace_and_forbids_further_ones(
    files: GuestFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user(monkeypatch, 1000)
    line = line_of(files)

    assert {"--unshare-user", "--disable-userns"} <= set(line)
    assert PROGRAM == line[line.index("--") + 1 :]


def test_a_judge_that_is_root_makes_its_guest_a_user_who_owns_nothing(
    files: GuestFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user(monkeypatch, 0)
    line = line_of(files)
    program = line[line.index("--") + 1 :]
    setpriv = program[: -len(PROGRAM)]

    assert "--unshare-user" not in line
    assert setpriv[0].endswith("setpriv")
    assert {f"--reuid={files.uid}", f"--regid={files.uid}", "--clear-groups", "--no-new-privs"} <= set(setpriv)
    assert {"--inh-caps=-all", "--bounding-set=-all"} <= set(setpriv)
    assert PROGRAM == program[-len(PROGRAM) :]


@pytest.mark.parametrize(("flag", "number"), [("--info-fd", "11"), ("--block-fd", "12"), ("--seccomp", "13")])
def test_descriptors_are_handed_over_by_number(files: GuestFiles, flag: str, number: str) -> None:
    line = line_of(files)

    assert 1 == len(places_of(line, flag, number))
    assert line.index(flag) < line.index("--")


def test_a_missing_bubblewrap_is_refused_with_its_mend(files: GuestFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(SandboxError, match="apt-get install bubblewrap"):
        line_of(files)
