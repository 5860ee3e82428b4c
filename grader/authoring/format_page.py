"""Makes `docs/challenge-format.md` and the JSON Schema of manifests from the models, so that they can't tell otherwise.

`python -m grader.authoring.format_page` writes both; a test tells when that was forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from grader.manifest import schema

SCHEMA_FILE = Path(schema.__file__).with_name("challenge.schema.json")
PAGE = Path(__file__).parents[2] / "docs" / "challenge-format.md"

MODELS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("challenge.yaml", schema.Manifest),
    ("entry", schema.Entry),
    ("limits", schema.Limits),
    ("checks[]", schema.CheckPart),
    ("checks[].threshold", schema.Threshold),
    ("checks[].threshold.tiers[]", schema.TierPart),
)
"""Every model, under the place in the file where it stands."""

MEANINGS = {
    "format": "version of this format",
    "id": "its id: of a challenge the name of its folder, of a check what tests and solutions call it",
    "title": "one line for lists and reports; of a check, what holds when it passes",
    "summary": "what is to be written and what makes it hard, in a few sentences",
    "entry": "what is handed in, and what of it is called",
    "limits": "what one submission may use",
    "pass_mark": "share of the points measurable on the machine at hand that a pass takes",
    "checks": "the rubric, row by row",
    "stub_points": "what the stub earns on the CPU; `grade verify` holds it to that",
    "hints": "told one after the other to a learner who asks; of a check, where it has steps of its own",
    "file": "the one file that is handed in; give this or `folder`",
    "folder": "the folder of modules that is handed in; needs a driver",
    "function": "the function that hidden tests call; may be left out where a driver calls",
    "driver": "whether `driver/driver.py` of the challenge calls the submission inside its guest",
    "wall_s": "seconds for the whole grading",
    "load_s": "seconds to start and import the submission",
    "call_s": "seconds for one call",
    "memory_mib": "memory of the submission and all its processes, in MiB",
    "processes": "processes and threads at a time",
    "payload_mib": "size of all tensors of one message, in MiB",
    "device_payload_mib": "the same on a GPU, in MiB",
    "file_mib": "size of one file that is written, in MiB",
    "points": "what it is worth; of a tier, what the whole check is worth once it is reached",
    "threshold": "points that grow with a reading, in place of `points`",
    "lane": "where it can be measured: `cpu`, `cuda`, `cuda:2` and so on",
    "required": "whether a grade can't pass without it",
    "needs": "ids of checks that must pass first; else it is skipped",
    "evidence": "the weakest witness whose word earns the points",
    "hint": "told to those who fail it",
    "metric": "name of the reading that decides (`speedup` of a race)",
    "tiers": "the steps, ascending",
    "cause": "the word for those who reach no step that carries points",
    "reach": "value of the metric from which the step counts; the low end of the interval must reach it",
    "name": "what a learner calls this step",
}
"""What each key means, whichever model has it."""


def schema_text() -> str:
    """Write the JSON Schema of a manifest, for editors (`# yaml-language-server: $schema=...`)."""
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema.Manifest.model_json_schema()}
    return json.dumps(made, indent=2) + "\n"


def page_text() -> str:
    """Write the page on the format."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    """Give the lines of the page."""
    yield "# The format of a challenge"
    yield ""
    yield "Made by `python -m grader.authoring.format_page` from the code that reads manifests; don't edit it by hand."
    yield ""
    yield "A challenge is a folder: `challenge.yaml` (below), `README.md` (the brief), `stub.py` or `stub/`,"
    yield "`hidden_tests/` (pytest files, `baseline.py` for races), and `driver/driver.py` where `entry.driver` is set."
    yield "Keys that are not listed are refused, and every fault is told at once with its place."
    for place, model in MODELS:
        yield from ["", f"## `{place}`", "", "| key | type | default | what it is |", "| --- | --- | --- | --- |"]
        properties = model.model_json_schema()["properties"]
        for name, field in model.model_fields.items():
            kind = _kind(properties[name])
            default = "**needed**" if field.is_required() else f"`{json.dumps(_plain(field.default))}`"
            yield f"| `{name}` | {kind} | {default} | {MEANINGS[name]} |"


def _kind(shape: dict[str, Any]) -> str:
    """Say in words what a property may be."""
    if "anyOf" in shape:
        return " or ".join(_kind(one) for one in shape["anyOf"] if one.get("type") != "null")
    if "$ref" in shape:
        return "a mapping, see below"
    if "const" in shape:
        return f"`{json.dumps(shape['const'])}`"
    if "enum" in shape:
        return ", ".join(f"`{one}`" for one in shape["enum"])
    if shape.get("type") == "array":
        return f"list of: {_kind(shape['items'])}"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    bounds = [
        f"{word} {shape[key]:,}"
        for key, word in (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"), ("maxLength", "up to"))
        if key in shape
    ]
    told = next((told for pattern, told in schema.PATTERNS.values() if pattern == shape.get("pattern")), None)
    return ", ".join([told or words.get(shape.get("type", ""), "anything"), *bounds])


def _plain(value: object) -> object:
    """Write a default as YAML would; a part with its own defaults is an empty mapping."""
    return {} if isinstance(value, BaseModel) else value


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    PAGE.write_text(page_text(), encoding="utf-8")
