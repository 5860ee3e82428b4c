"""Tests of challenges on disk: where they are found, and what their digest covers."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from grader.challenge import challenge_ids, find_challenges, load_challenge, open_challenge
from harness.errors import ManifestError, UsageError


def test_a_challenge_knows_its_parts(challenge_folder: Path) -> None:
    challenge = load_challenge(challenge_folder)

    assert "double" == challenge.id
    assert challenge_folder / "hidden_tests" == challenge.hidden_tests
    assert challenge.stub.is_file()
    assert challenge.brief.is_file()
    assert 64 == len(challenge.digest)


@pytest.mark.parametrize("name", ["challenge.yaml", "README.md", "stub.py", "hidden_tests/test_exact.py"])
def test_the_digest_changes_with_everything_that_decides(challenge_folder: Path, name: str) -> None:
    before = load_challenge(challenge_folder).digest
    with (challenge_folder / name).open("a", encoding="utf-8") as file:
        file.write("\n# another line\n")

    assert before != load_challenge(challenge_folder).digest


def test_the_digest_ignores_what_python_and_pytest_leave_behind(challenge_folder: Path) -> None:
    before = load_challenge(challenge_folder).digest
    for name in ("__pycache__", ".pytest_cache"):
        (challenge_folder / "hidden_tests" / name).mkdir()
        (challenge_folder / "hidden_tests" / name / "left.pyc").write_bytes(b"left")

    assert before == load_challenge(challenge_folder).digest


def test_the_digest_tells_a_renamed_hidden_test(challenge_folder: Path) -> None:
    before = load_challenge(challenge_folder).digest
    tests = challenge_folder / "hidden_tests"
    (tests / "test_exact.py").rename(tests / "test_other.py")

    assert before != load_challenge(challenge_folder).digest


def test_every_missing_part_is_told(challenge_folder: Path) -> None:
    (challenge_folder / "stub.py").unlink()
    (challenge_folder / "README.md").unlink()

    with pytest.raises(ManifestError) as caught:
        load_challenge(challenge_folder)
    assert ("README.md: is missing", "stub.py: is missing") == caught.value.faults


def test_a_challenge_of_a_folder_has_a_stub_folder_and_a_driver(challenge_folder: Path) -> None:
    manifest = challenge_folder / "challenge.yaml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(
        text.replace("file: double.py, function: double", "folder: cases, driver: true"), encoding="utf-8"
    )
    with pytest.raises(ManifestError) as caught:
        load_challenge(challenge_folder)
    assert ("stub/cases: is missing", "driver/driver.py: is missing") == caught.value.faults

    (challenge_folder / "stub.py").unlink()
    (challenge_folder / "stub" / "cases").mkdir(parents=True)
    (challenge_folder / "driver").mkdir()
    (challenge_folder / "driver" / "driver.py").write_text("def f(load): ...\n", encoding="utf-8")
    challenge = load_challenge(challenge_folder)
    (challenge_folder / "stub" / "cases" / "one.py").write_text("x = 1\n", encoding="utf-8")

    assert (challenge_folder / "stub", challenge_folder / "driver") == (challenge.stub, challenge.driver)
    assert "cases/" == challenge.manifest.entry.place
    assert challenge.digest != load_challenge(challenge_folder).digest


def test_the_folder_that_is_named_is_taken(challenge_folder: Path) -> None:
    assert challenge_folder.parent == find_challenges(challenge_folder.parent)


def test_a_named_folder_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such folder"):
        find_challenges(tmp_path / "nowhere")


def test_a_checkout_is_found_from_below(challenge_folder: Path) -> None:
    root = challenge_folder.parents[1]
    (root / "pyproject.toml").write_text('[project]\nname = "superfast"\n', encoding="utf-8")
    (root / "deep" / "down").mkdir(parents=True)

    assert root / "challenges" == find_challenges(None, start=root / "deep" / "down")


def test_the_checkout_of_another_project_is_passed_over(
    challenge_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = challenge_folder.parents[1]
    (root / "pyproject.toml").write_text('[project]\nname = "superfaster"\n', encoding="utf-8")
    monkeypatch.setattr("grader.challenge._installed", lambda: [Path("/nowhere/share")])

    with pytest.raises(UsageError, match="--challenges DIR"):
        find_challenges(None, start=root)


def test_an_installed_copy_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "share" / "superfast" / "challenges"
    copy.mkdir(parents=True)
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))

    assert copy == find_challenges(None, start=tmp_path)


def test_a_copy_installed_for_this_user_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "share" / "superfast" / "challenges"
    copy.mkdir(parents=True)
    monkeypatch.setattr("site.getuserbase", lambda: str(tmp_path))
    monkeypatch.setattr(sysconfig, "get_path", lambda _: "/nowhere")

    assert copy == find_challenges(None, start=tmp_path)


def test_an_unknown_id_is_guessed_among_challenges_and_commands(challenge_folder: Path) -> None:
    root = challenge_folder.parent

    with pytest.raises(UsageError, match="did you mean 'double'"):
        open_challenge(root, "duoble", ["list"])
    with pytest.raises(UsageError, match="did you mean 'list'"):
        open_challenge(root, "lst", ["list"])
    with pytest.raises(UsageError, match=r"challenges in .*: double"):
        open_challenge(root, "zzz", ["list"])


def test_an_id_cannot_lead_out_of_the_folder(challenge_folder: Path) -> None:
    with pytest.raises(UsageError, match="no challenge is called"):
        open_challenge(challenge_folder, "../double")


def test_only_folders_with_a_manifest_are_challenges(challenge_folder: Path) -> None:
    (challenge_folder.parent / "notes").mkdir()

    assert ["double"] == challenge_ids(challenge_folder.parent)
