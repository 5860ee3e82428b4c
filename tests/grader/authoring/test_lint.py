"""Tests of the rules for challenges: each is broken on purpose and must be told; the pages are those of the code."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
import yaml

from grader.authoring import format_page, lint_page
from grader.authoring.lint import RULES, lint
from grader.authoring.mutants import MUTANTS, can_mutate, lint_by_running, make_mutant, survives
from grader.authoring.scaffold import make_challenge
from grader.challenge import Challenge, load_challenge
from grader.cli.main import main
from grader.verdict import Grade

MAXIMAL = Path(__file__).resolve().parents[2] / "challenges" / "maximal"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_challenge("rows", None, tmp_path / "challenges", tmp_path / "solutions")
    return tmp_path / "challenges" / "rows"


def swap(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def without_hints(folder: Path) -> None:
    manifest = yaml.safe_load((folder / "challenge.yaml").read_text(encoding="utf-8"))
    del manifest["hints"], manifest["checks"][0]["hint"]
    (folder / "challenge.yaml").write_text(yaml.safe_dump(manifest), encoding="utf-8")


BREAKERS: dict[str, Callable[[Path], None]] = {
    "L001": without_hints,
    "L002": lambda folder: (folder / "hidden_tests" / "test_speed.py").unlink(),
    "L003": lambda folder: swap(folder / "hidden_tests" / "test_speed.py", 'check("speed")', 'check("sped")'),
    "L004": lambda folder: swap(folder / "README.md", "4096 MiB", "some"),
    "L005": lambda folder: swap(folder / "challenge.yaml", "stub_points: 0", ""),
    "L006": lambda folder: swap(folder / "hidden_tests" / "cases.py", "*shape, generator=draw", "*shape"),
    "L007": lambda folder: swap(folder / "README.md", "## Reading", "See test_every_shape_is_right"),
    "L008": lambda folder: (folder / "hidden_tests" / "more.py").write_text("def (", encoding="utf-8"),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_challenge_that_breaks_a_rule_is_told_so(folder: Path, rule: str) -> None:
    assert [] == lint(load_challenge(folder))
    BREAKERS[rule](folder)

    assert rule in {remark.rule for remark in lint(load_challenge(folder))}


def test_a_remark_names_file_line_and_mend(folder: Path) -> None:
    BREAKERS["L003"](folder)
    found = {(remark.rule, remark.place, remark.text) for remark in lint(load_challenge(folder))}

    assert found == {
        ("L002", "challenge.yaml", "no hidden test is marked `@pytest.mark.check('speed')`"),
        (
            "L003",
            "hidden_tests/test_speed.py:17",
            "test_faster_than_row_by_row is tied to 'sped', which is no check; did you mean 'speed'?",
        ),
    }


def test_the_command_tells_and_exits_by_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["lint", "rows", "--challenges", str(folder.parent)]

    assert 0 == main(words)
    assert "nothing found\n" == capsys.readouterr().out
    BREAKERS["L005"](folder)
    assert 1 == main([*words, "--json"])
    assert ["L005"] == [row["rule"] for row in json.loads(capsys.readouterr().out)]


@pytest.fixture
def challenge(folder: Path) -> Challenge:
    return load_challenge(folder)


def calls(folder: Path, *inputs: torch.Tensor) -> list[torch.Tensor]:
    """Call a mutant of our own making, in this process."""
    names: dict[str, Any] = {}
    exec((folder / "rows.py").read_text(encoding="utf-8"), names)
    return [names["rows"](one) for one in inputs]


def test_mutants_return_what_their_names_say(challenge: Challenge, tmp_path: Path) -> None:
    full_marks = tmp_path / "solutions" / "rows" / "full_marks"
    x, y = torch.tensor([[3.0, 4.0], [5.0, 12.0]]), torch.tensor([[8.0, 6.0], [0.1, 0.2]])
    got = {
        number: calls(make_mutant(challenge, mutant, full_marks, tmp_path / number), x, y)[1]
        for number, mutant in MUTANTS.items()
    }
    right = torch.linalg.vector_norm(y, dim=1)

    assert torch.equal(torch.zeros(2), got["L101"])
    assert torch.equal(right.mean().expand(2), got["L102"])
    assert torch.equal(torch.zeros(2), got["L103"])
    assert torch.equal(torch.tensor([5.0, 13.0]), got["L104"])
    assert torch.equal(right.half().float(), got["L105"])
    assert not torch.equal(right, got["L105"])


def test_a_mutant_survives_unless_a_required_check_fails(
    passed_grade: Grade, failed_grade: Grade, undecided_grade: Grade
) -> None:
    assert "it passes the challenge" == survives(passed_grade)
    assert "no required check fails" == survives(undecided_grade)
    assert survives(failed_grade) is None


def test_every_mutant_is_graded_and_survivors_are_told(
    challenge: Challenge, tmp_path: Path, passed_grade: Grade, failed_grade: Grade
) -> None:
    full_marks = tmp_path / "solutions" / "rows" / "full_marks"
    remarks = lint_by_running(
        challenge, full_marks, tmp_path / "made", lambda made: passed_grade if made.name == "L105" else failed_grade
    )

    assert [("L105", "half precision doesn't pass for single: but it passes the challenge")] == [
        (remark.rule, remark.text) for remark in remarks
    ]


def test_what_a_driver_calls_is_not_wrapped(challenge: Challenge) -> None:
    entry = challenge.manifest.entry.model_copy(update={"function": None, "driver": True})
    driven = replace(challenge, manifest=challenge.manifest.model_copy(update={"entry": entry}))

    assert (True, False) == (can_mutate(challenge), can_mutate(driven))


def test_the_pages_and_the_schema_are_those_of_the_code() -> None:
    assert format_page.SCHEMA_FILE.read_text(encoding="utf-8") == format_page.schema_text()
    assert format_page.PAGE.read_text(encoding="utf-8") == format_page.page_text()
    assert lint_page.PAGE.read_text(encoding="utf-8") == lint_page.page_text()


def keys_of(value: object) -> set[str]:
    """Give every key that a document uses, at any depth."""
    if isinstance(value, dict):
        return set(value) | {key for one in value.values() for key in keys_of(one)}
    return {key for one in value for key in keys_of(one)} if isinstance(value, list) else set()


def test_the_maximal_challenge_uses_every_key() -> None:
    manifest = yaml.safe_load((MAXIMAL / "challenge.yaml").read_text(encoding="utf-8"))
    known = {name for _, model in format_page.MODELS for name in model.model_fields}

    # A submission is a file or a folder, never both.
    assert known - {"folder"} == keys_of(manifest)


def test_the_maximal_challenge_loads_keeps_the_rules_and_the_schema() -> None:
    document = yaml.safe_load((MAXIMAL / "challenge.yaml").read_text(encoding="utf-8"))
    schema = json.loads(format_page.SCHEMA_FILE.read_text(encoding="utf-8"))

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    assert "maximal" == load_challenge(MAXIMAL).id
    assert [] == lint(load_challenge(MAXIMAL))
    with pytest.raises(jsonschema.ValidationError, match="paas_mark"):
        jsonschema.validate({**document, "paas_mark": 1}, schema)
