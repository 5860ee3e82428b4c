"""Tests of reading a manifest: every fault at once, each with its place and a guess at what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.manifest.load import load_manifest
from harness.errors import ManifestError


def faults_of(path: Path, text: str) -> tuple[str, ...]:
    """Write a manifest and collect what is wrong with it."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError) as caught:
        load_manifest(path)
    return caught.value.faults


def changed(path: Path, old: str, new: str) -> tuple[str, ...]:
    """Change one place of a sound manifest and collect what is wrong then."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    return faults_of(path, text.replace(old, new, 1))


@pytest.fixture
def path(challenge_folder: Path) -> Path:
    """Give the path of a sound manifest."""
    return challenge_folder / "challenge.yaml"


def test_a_sound_manifest_is_read_with_its_defaults(path: Path) -> None:
    manifest = load_manifest(path)

    assert "double" == manifest.id
    assert ("cpu", "cpu", "cuda") == tuple(check.lane for check in manifest.checks)
    assert (2, 3, 5) == tuple(check.max_points for check in manifest.checks)
    assert 8192 == manifest.limits.memory_mib
    assert 10 == manifest.max_points


def test_every_fault_is_told_at_once(path: Path) -> None:
    faults = faults_of(
        path,
        """\
format: 2
id: double
titel: Twice the input
title: Twice the input
entry: {file: double.py, fucntion: double}
limits: {wall_s: 10, load_s: 20, network: false}
pass_mark: 1.5
checks:
  - {id: exact, title: equals the oracle, points: 2, needs: [speedpu]}
  - id: speedup
    title: 17
    lane: gpu
    required: true
    threshold: {metric: speedup, tiers: [{reach: 2.0, points: 3, name: a}, {reach: 1.0, points: 1, name: a}]}
  - {id: exact, title: again}
""",
    )

    assert {
        "format: input should be 1, not 2",
        "titel: unknown key; did you mean 'title'?",
        "summary: is missing",
        "entry.function: is missing",
        "entry.fucntion: unknown key; did you mean 'function'?",
        "limits.network: unknown key; known: wall_s, load_s, call_s, memory_mib, processes, payload_mib, "
        "device_payload_mib, file_mib",
        "limits.load_s: 20 s is more than the 10 s of limits.wall_s",
        "pass_mark: input should be less than or equal to 1, not 1.5",
        "checks[0].needs[0]: no check is called 'speedpu'; did you mean 'speedup'?",
        "checks[1].title: must be text (quote it if it looks like a number or yes/no), not 17",
        "checks[1].lane: must be cpu, cuda or cuda:N with N from 2 to 99, not 'gpu'",
        "checks[1].required: a check with a threshold earns points and can't be required; take one away",
        "checks[1].threshold.tiers[1].reach: 1 does not lie above the tier before it (2)",
        "checks[1].threshold.tiers[1].points: 1 is less than the tier before it (3); points add up",
        "checks[1].threshold.tiers[1].name: 'a' is the name of a tier before it too",
        "checks[2].id: 'exact' is the id of checks[0] too; give it another one",
        "checks[2]: has neither points nor threshold; give it one of them",
    } == set(faults)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "id: double",
            "id: triple",
            "id: is 'triple', but the folder is called 'double'; give both the same name",
        ),
        (
            "pass_mark: 0.5",
            "pass_mark: 0.5\npass_mark: 0.6",
            "line 8: key 'pass_mark' stands on line 7 too; only one can hold",
        ),
        (
            "points: 2, ",
            "",
            "checks[0]: has neither points nor threshold; give it one of them",
        ),
        (
            "points: 2, ",
            "points: 2.0, ",
            "checks[0].points: must be a whole number, not 2.0",
        ),
        (
            "points: 2, ",
            "points: true, ",
            "checks[0].points: must be a whole number, not True",
        ),
        (
            "points: 5",
            "points: 0",
            "checks[2].points: a check of 0 points that is not required decides nothing",
        ),
        (
            "needs: [exact]",
            "needs: [gpu]",
            "checks[1].needs[0]: 'gpu' can't be measured on every machine that has this check's lane",
        ),
        (
            "needs: [exact]",
            "needs: [exact, exact]",
            "checks[1].needs[1]: 'exact' is named twice; once is enough",
        ),
        (
            "needs: [exact]",
            "needs: [speedup]",
            "checks[1].needs: a circle: speedup needs speedup; break it",
        ),
        (
            "needs: [exact]",
            "needs: exact",
            "checks[1].needs: must be a list, not 'exact'",
        ),
        (
            "required: true}",
            "required: true, needs: [speedup]}",
            "checks[0].needs: a circle: exact needs speedup needs exact; break it",
        ),
        (
            "points: 3, name: tiles",
            "points: 0, name: tiles",
            "checks[1].threshold.tiers[2].points: 0 is less than the tier before it (1); points add up",
        ),
        (
            "needs: [exact]",
            "points: 2",
            "checks[1]: has both points and threshold; the tiers say the points, so take points away",
        ),
        (
            "reach: 1.0",
            "reach: .nan",
            "checks[1].threshold.tiers[0].reach: input should be a finite number, not nan",
        ),
        (
            "limits: {wall_s: 60, load_s: 20, call_s: 5}",
            "limits: fast",
            "limits: must be a mapping of keys to values, not 'fast'",
        ),
        (
            "file: double.py",
            "file: ../double.py",
            "entry.file: must be the name of a Python file, without folders, not '../double.py'",
        ),
        ("file: double.py, ", "", "entry: give either `file` or `folder`"),
        ("file: double.py", "file: double.py, folder: cases", "entry: give either `file` or `folder`"),
        (
            "file: double.py, function: double",
            "folder: cases",
            "entry.driver: a folder of modules needs a driver that calls them: `driver: true`",
        ),
    ],
)
def test_a_single_fault_is_told_with_its_place(path: Path, old: str, new: str, expected: str) -> None:
    assert expected in changed(path, old, new)


def test_a_syntax_error_names_line_and_column(path: Path) -> None:
    (fault,) = faults_of(path, "format: 1\nid: [double\ntitle: x\n")

    assert fault.startswith("line 3, column 6: no valid YAML:")


@pytest.mark.parametrize("text", ["", "- a list\n", "just text\n"])
def test_a_file_that_is_no_mapping_is_one_fault(path: Path, text: str) -> None:
    assert ("(whole file): must be a mapping that starts with `format: 1`",) == faults_of(path, text)


def test_yaml_cannot_make_objects(path: Path) -> None:
    (fault,) = faults_of(path, "format: !!python/object/apply:os.getcwd []\n")

    assert "no valid YAML" in fault


def test_a_missing_manifest_is_a_manifest_error(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="can't be read"):
        load_manifest(tmp_path / "challenge.yaml")


def test_bytes_that_are_no_text_are_a_manifest_error(path: Path) -> None:
    path.write_bytes(b"format: 1\nid: \xff\n")

    with pytest.raises(ManifestError, match="UTF-8"):
        load_manifest(path)
