"""Writes a batch's results for programs and for people: CSV, JSON lines, and a page."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from grader.batch.record import Record, write_whole
from grader.reports.html import page_environment
from grader.reports.text import visible_line

COLUMNS = ("name", "challenge", "ending", "points", "measurable", "attempts", "wall_s", "message", "key")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would work out."""

_TEMPLATES = Path(__file__).with_name("templates")


def write_results(folder: Path, records: Sequence[Record]) -> list[Path]:
    """Write `results.csv`, `results.jsonl` and `summary.html`, sorted by name; gives their paths."""
    ordered = sorted(records, key=lambda record: record.name)
    texts = {"results.csv": as_csv(ordered), "results.jsonl": as_json_lines(ordered), "summary.html": as_page(ordered)}
    paths = []
    for name, text in texts.items():
        write_whole(folder / name, text)
        paths.append(folder / name)
    return paths


def as_csv(records: Sequence[Record]) -> str:
    """Write one line a submission; text that a spreadsheet would take for a formula is quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for record in records:
        cells = asdict(record)
        writer.writerow([_cell(cells[column]) for column in COLUMNS])
    return out.getvalue()


def as_json_lines(records: Sequence[Record]) -> str:
    """Write one JSON object a line, the whole grade in it."""
    return "".join(json.dumps(asdict(record), ensure_ascii=True) + "\n" for record in records)


def as_page(records: Sequence[Record]) -> str:
    """Write a page without scripts: how many ended how, which checks failed most, and every submission."""
    endings = Counter(record.ending for record in records)
    failures = Counter(part for record in records for part in record.message.split("; ") if record.grade and part)
    template = page_environment(_TEMPLATES).get_template("summary.html.j2")
    return template.render(records=records, endings=endings.most_common(), failures=failures.most_common(12))


def _cell(value: object) -> object:
    if isinstance(value, float):
        return round(value, 2)
    if not isinstance(value, str):
        return value
    text = visible_line(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
