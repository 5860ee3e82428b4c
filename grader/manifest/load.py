"""Reads a `challenge.yaml`, and tells every fault in it at once: where, what, and a guess at what was meant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from grader.guess import did_you_mean
from grader.manifest.crosscheck import Fault, cross_faults
from grader.manifest.schema import PATTERNS, CheckPart, Entry, Limits, Manifest, Threshold, TierPart
from harness.errors import ManifestError

_BASE = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

_MODELS: dict[tuple[str, ...], type[BaseModel]] = {
    (): Manifest,
    ("entry",): Entry,
    ("limits",): Limits,
    ("checks", "*"): CheckPart,
    ("checks", "*", "threshold"): Threshold,
    ("checks", "*", "threshold", "tiers", "*"): TierPart,
}
"""Which model says what keys there are, by the place in the document."""

_KINDS = {
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text (quote it if it looks like a number or yes/no)",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "a mapping of keys to values",
}
"""What a field asks for, by pydantic's name of the fault."""


class _Loader(_BASE):  # type: ignore[misc, valid-type]
    """A safe loader that also remembers keys that a mapping has twice, which YAML forbids and PyYAML lets pass."""

    def __init__(self, stream: str) -> None:
        """Start with no repeated keys."""
        super().__init__(stream)
        self.repeated: list[Fault] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping, and note its repeated keys with their lines."""
        first_lines: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode):
                if key.value in first_lines:
                    text = f"key {key.value!r} stands on line {first_lines[key.value]} too; only one can hold"
                    self.repeated.append(Fault(f"line {line}", text))
                first_lines.setdefault(key.value, line)
        return super().construct_mapping(node, deep=deep)  # type: ignore[no-any-return]


def load_manifest(path: Path) -> Manifest:
    """Read and check the manifest at `path`.

    Raises:
        ManifestError: with every fault found; also when the file is missing or no YAML.
    """
    document, repeated = _parse(path)
    manifest, faults = _check(document)
    faults = [*repeated, *faults, *_folder_faults(path, document)]
    if faults or manifest is None:
        raise ManifestError(str(path), tuple(f"{fault.path}: {fault.text}" for fault in faults))
    return manifest


def _parse(path: Path) -> tuple[object, list[Fault]]:
    """Read YAML into plain values, with the keys that were there twice."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(str(path), (f"can't be read as UTF-8 text: {error}",)) from error
    try:
        loader = _Loader(text)
        return loader.get_single_data(), loader.repeated
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        raise ManifestError(str(path), (f"{place}: no valid YAML: {error.problem}",)) from error
    except yaml.YAMLError as error:
        raise ManifestError(str(path), (f"no valid YAML: {error}",)) from error


def _check(document: object) -> tuple[Manifest | None, list[Fault]]:
    """Hold a document against the models and the rules that tie fields together."""
    if not isinstance(document, dict):
        return None, [Fault("(whole file)", "must be a mapping that starts with `format: 1`")]
    ties = cross_faults(document)
    try:
        return Manifest.model_validate(document), ties
    except ValidationError as error:
        # `value_error` is the models' own run of the cross checks, which `ties` already holds one by one.
        details = [detail for detail in error.errors(include_url=False) if detail["type"] != "value_error"]
        return None, [*(_field_fault(detail) for detail in details), *ties]


def _field_fault(detail: ErrorDetails) -> Fault:
    """Say in plain words what one field lacks."""
    place = detail["loc"]
    kind = detail["type"]
    if kind == "missing":
        return Fault(_path(place), "is missing")
    if kind == "extra_forbidden":
        known = list(_MODELS[_shape(place[:-1])].model_fields)
        return Fault(
            _path(place), f"unknown key{did_you_mean(str(place[-1]), known) or '; known: ' + ', '.join(known)}"
        )
    if kind == "string_pattern_mismatch":
        words = dict(PATTERNS.values())[detail["ctx"]["pattern"]]
        return Fault(_path(place), f"must be {words}, not {detail['input']!r}")
    if kind in _KINDS:
        return Fault(_path(place), f"must be {_KINDS[kind]}, not {detail['input']!r}")
    return Fault(_path(place), f"{detail['msg'][:1].lower()}{detail['msg'][1:]}, not {detail['input']!r}")


def _folder_faults(path: Path, document: object) -> list[Fault]:
    """The id is the name of the folder, so that a path and an id can't tell two stories."""
    name = document.get("id") if isinstance(document, dict) else None
    folder = path.absolute().parent.name
    if isinstance(name, str) and name != folder:
        return [Fault("id", f"is {name!r}, but the folder is called {folder!r}; give both the same name")]
    return []


def _shape(place: Sequence[int | str]) -> tuple[str, ...]:
    """Forget which element of a list is meant."""
    return tuple("*" if isinstance(part, int) else part for part in place)


def _path(place: Sequence[int | str]) -> str:
    """Write a place as an author would look for it: `checks[2].threshold.tiers[0].reach`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")
