"""Tests of the report for programs: its exact text, and that it keeps to the schema that ships."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import jsonschema
import pytest

from grader.reports.json_v1 import SCHEMA_FILE, render, schema_text
from grader.verdict import Grade


def test_a_passed_grade_reads_as_its_golden_file(passed_grade: Grade, golden: Callable[[str, str], None]) -> None:
    golden("json_v1_passed.json", render(passed_grade))


def test_the_schema_that_ships_is_the_one_of_the_code() -> None:
    assert schema_text() == SCHEMA_FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["passed_grade", "failed_grade", "undecided_grade"])
def test_a_report_keeps_to_the_schema(name: str, request: pytest.FixtureRequest) -> None:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    document = json.loads(render(request.getfixturevalue(name)))

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)


@pytest.mark.parametrize("key", ["schema", "seed", "checks", "passed"])
def test_the_schema_misses_a_key_that_is_gone(passed_grade: Grade, key: str) -> None:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    document = json.loads(render(passed_grade))
    del document[key]

    with pytest.raises(jsonschema.ValidationError, match=key):
        jsonschema.validate(document, schema)


def test_a_failure_is_told_by_cause_and_message(failed_grade: Grade) -> None:
    exact, speedup, gpu = json.loads(render(failed_grade))["checks"]

    assert ("values", "element [1, 2] differs: [bold]not[/bold] markup") == (exact["cause"], exact["message"])
    assert ("skipped", "needs exact (failed)") == (speedup["verdict"], speedup["message"])
    assert "cause" not in speedup
    assert "not_measured" == gpu["verdict"]


def test_the_report_is_ascii_without_control_characters(failed_grade: Grade) -> None:
    text = render(failed_grade)

    assert text.isascii()
    assert [] == [char for char in text if char != "\n" and not char.isprintable()]


def test_the_seed_is_told_beside_its_commitment(passed_grade: Grade) -> None:
    document = json.loads(render(passed_grade))

    assert passed_grade.seed == document["seed"]
    assert passed_grade.seed_commitment == document["seed_commitment"]
    assert "2026-11-25T12:00:00+00:00" == document["started"]


def test_a_part_names_what_was_asked_for_and_a_whole_grade_does_not(passed_grade: Grade) -> None:
    part = json.loads(render(replace(passed_grade, only=("exact",))))

    assert ["exact"] == part["only"]
    assert "only" not in json.loads(render(passed_grade))
