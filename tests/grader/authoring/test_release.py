"""Tests of `grade release`: what is in a bundle, that a leak is found, and that a host's copy is what grades."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

from grader.authoring.host import release_grader
from grader.authoring.release import hidden_lines, release, scan
from grader.authoring.scaffold import make_challenge
from grader.challenge import Challenge, challenge_ids, load_challenge, open_challenge
from grader.cli.main import main
from harness.errors import ManifestError, UsageError

ROOT = Path(__file__).resolve().parents[3]
SECRET = "return torch.linalg.vector_norm(x, dim=1)"


@pytest.fixture
def challenge(tmp_path: Path) -> Challenge:
    make_challenge("rows", None, tmp_path / "challenges", tmp_path / "solutions")
    return load_challenge(tmp_path / "challenges" / "rows")


def test_a_bundle_is_brief_stub_summary_and_hashes(challenge: Challenge, tmp_path: Path) -> None:
    written = release(challenge, tmp_path / "solutions", tmp_path / "out")
    folder = tmp_path / "out" / "rows"
    summary = json.loads((folder / "challenge.json").read_text(encoding="utf-8"))

    assert ["README.md", "SHA256SUMS", "challenge.json", "stub.py"] == [
        path.relative_to(folder).as_posix() for path in written
    ]
    assert challenge.digest == summary["digest"]
    assert {"id", "title", "max_points", "lane", "required", "tiers"} == set(summary["checks"][0])
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        assert digest == hashlib.sha256((folder / name).read_bytes()).hexdigest()


@pytest.mark.parametrize("place", ["README.md", "stub.py"])
def test_a_line_of_a_solution_in_a_public_file_stops_the_release(
    challenge: Challenge, tmp_path: Path, place: str
) -> None:
    path = challenge.folder / place
    path.write_text(path.read_text(encoding="utf-8") + f"\n# like so: {SECRET} # done\n", encoding="utf-8")

    with pytest.raises(ManifestError, match=r"has a line of rows/full_marks/rows\.py"):
        release(load_challenge(challenge.folder), tmp_path / "solutions", tmp_path / "out")
    assert [] == list((tmp_path / "out").iterdir())


def test_a_line_of_the_oracle_is_found_however_it_is_indented(challenge: Challenge, tmp_path: Path) -> None:
    oracle = (challenge.hidden_tests / "oracle.py").read_text(encoding="utf-8").splitlines()
    line = next(line for line in oracle if "exact = " in line)
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "notes.txt").write_text(f"\t\t{line.strip()}\n", encoding="utf-8")
    leaks = scan(challenge, None, tmp_path / "bundle")

    assert [("notes.txt", "hidden_tests/oracle.py", line.strip())] == [
        (leak.file, leak.source, leak.line) for leak in leaks
    ]


def test_nothing_is_overwritten_and_links_are_refused(challenge: Challenge, tmp_path: Path) -> None:
    release(challenge, None, tmp_path / "out")

    with pytest.raises(UsageError, match="is there already"):
        release(challenge, None, tmp_path / "out")
    challenge.brief.unlink()
    challenge.brief.symlink_to(challenge.hidden_tests / "oracle.py")
    with pytest.raises(ManifestError, match="is a link"):
        release(challenge, None, tmp_path / "elsewhere")
    assert [] == list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("name", challenge_ids(ROOT / "challenges"))
def test_no_challenge_of_this_repository_leaks(name: str, tmp_path: Path) -> None:
    challenge = open_challenge(ROOT / "challenges", name)
    written = release(challenge, ROOT / "solutions", tmp_path)

    assert 100 < sum(1 for _ in hidden_lines(challenge, ROOT / "solutions"))
    assert [] == [path for path in written if "hidden_tests" in path.parts or "oracle" in path.name]


def test_the_hosts_zip_has_the_hidden_tests_and_no_solution(challenge: Challenge, tmp_path: Path) -> None:
    release_grader(challenge, ROOT, tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out" / "rows-grader" / "gradescope.zip") as archive:
        names = archive.namelist()
        mode = archive.getinfo("run_autograder").external_attr >> 16
        run = archive.read("run_autograder").decode()

    assert {"setup.sh", "run_autograder", "superfast/pyproject.toml", "superfast/grader/cli/main.py"} <= set(names)
    assert "superfast/challenges/rows/hidden_tests/oracle.py" in names
    assert [] == [name for name in names if name.startswith("superfast/solutions") or "__pycache__" in name]
    assert mode & stat.S_IXUSR
    assert "--challenges /autograder/source/superfast/challenges" in run


def test_the_same_challenge_makes_the_same_zip(challenge: Challenge, tmp_path: Path) -> None:
    for name in ("a", "b"):
        release_grader(challenge, ROOT, tmp_path / name)
    first, second = ((tmp_path / name / "rows-grader" / "gradescope.zip").read_bytes() for name in ("a", "b"))

    assert first == second


def test_scripts_and_yaml_of_the_host_are_well_formed(challenge: Challenge, tmp_path: Path) -> None:
    release_grader(challenge, ROOT, tmp_path)
    folder = tmp_path / "rows-grader"
    action = yaml.safe_load((folder / "action.yml").read_text(encoding="utf-8"))
    workflow = yaml.safe_load((folder / "workflow.yml").read_text(encoding="utf-8"))
    with zipfile.ZipFile(folder / "gradescope.zip") as archive:
        archive.extractall(tmp_path / "unpacked")

    assert "composite" == action["runs"]["using"]
    # What a workflow passes in must reach the shell as a variable, never as part of its text.
    assert "${{ inputs.path }}" == action["runs"]["steps"][-1]["env"]["SUBMISSION"]
    assert [] == [step["run"] for step in action["runs"]["steps"] if "${{" in step["run"]]
    assert {"contents": "read"} == workflow["permissions"]
    for script in (
        folder / "classroom50.sh",
        tmp_path / "unpacked" / "setup.sh",
        tmp_path / "unpacked" / "run_autograder",
    ):
        subprocess.run(["bash", "-n", str(script)], check=True)


def test_the_command_releases_and_says_what_it_searched(
    challenge: Challenge, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["release", "rows", "--to", str(tmp_path / "out"), "--challenges", str(challenge.folder.parent)]

    assert 0 == main([*words, "--grader"])
    captured = capsys.readouterr()
    assert 9 == len(captured.out.splitlines())
    assert "hidden lines searched for in what learners get, none found" in captured.err
    assert 2 == main(words)
