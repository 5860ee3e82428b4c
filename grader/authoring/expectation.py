"""Reads the outcome that a solution under `solutions/` declares of itself, and tells where a grade differs from it.

A solution's entry file says, in comments of its own (so that it may hold anything below, broken syntax included), how
every check of the CPU lane must end, in the order of the manifest::

    # expect:
    #   shapes: failed values
    #   accuracy: skipped

The block ends with the first line that is no comment. A cause follows `failed`, and only `failed`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from grader.guess import did_you_mean
from grader.verdict import VOID, CheckResult
from harness.errors import ManifestError
from harness.outcomes import Verdict
from harness.readings import Cause

HEAD = "# expect:"
"""The line that opens the block."""

_ALMOST_HEAD = re.compile(r"#\s*expect(s|ed|ation|ations)?\s*:?\s*", re.IGNORECASE)
_ROW = re.compile(r"#\s+(?P<check>[A-Za-z0-9][A-Za-z0-9._-]*):\s*(?P<words>.*)")
_VERDICTS = [verdict.value for verdict in Verdict if verdict not in VOID]
_CAUSES = [cause.value for cause in Cause]


@dataclass(frozen=True, slots=True)
class Expectation:
    """How one check must end.

    Attributes:
        verdict: its verdict; never one that is the judge's or the author's fault.
        cause: for `failed`, its cause.
    """

    verdict: Verdict
    cause: Cause | None = None

    def __post_init__(self) -> None:
        """Refuse a failure without its cause, a cause without a failure, and a verdict that no submission causes."""
        if (self.verdict is Verdict.FAILED) != (self.cause is not None):
            raise ValueError(f"verdict {self.verdict} and cause {self.cause} contradict")
        if self.verdict in VOID:
            raise ValueError(f"no submission may be expected to end as {self.verdict}")

    def __str__(self) -> str:
        """Write it as a solution declares it: `failed values`."""
        return self.verdict.value if self.cause is None else f"{self.verdict.value} {self.cause.value}"


def read_expectation(path: Path) -> dict[str, Expectation]:
    """Read the block of the file at `path`: an expectation a check, in the order of the file.

    Raises:
        ManifestError: with every fault in the block and its line; also when the file or the block is missing.
    """
    lines = _lines(path)
    heads = [number for number, line in enumerate(lines, start=1) if line.rstrip() == HEAD]
    if not heads:
        raise ManifestError(str(path), (_no_head(lines),))
    expectations, faults = _read_block(lines, heads[0])
    faults += [f"line {number}: a second block; the one on line {heads[0]} holds" for number in heads[1:]]
    if faults:
        raise ManifestError(str(path), tuple(faults))
    return expectations


def differences(
    expected: Mapping[str, Expectation], outcomes: Sequence[CheckResult], lane: str = "cpu"
) -> list[str]:  # fmt: skip
    """Say in one line each how a grade's rows differ from what was declared; empty when they don't.

    Args:
        expected: what the solution declares.
        outcomes: the rows of its grade.
        lane: rows of other lanes are left out of account.
    """
    rows = [row for row in outcomes if row.lane == lane]
    known = [row.id for row in rows]
    told = [
        f"{check}: is declared, but no check of the {lane.upper()} lane is called so{did_you_mean(check, known)}"
        for check in expected
        if check not in known
    ]
    for row in rows:
        wanted = expected.get(row.id)
        if wanted is None:
            told.append(f"{row.id}: is not declared; it ended as {_ending(row)}")
        elif not _agrees(wanted, row):
            told.append(f"{row.id}: expected {wanted}, got {_ending(row)}")
    declared = [check for check in expected if check in known]
    if declared != [check for check in known if check in expected]:
        told.append(f"the checks are declared out of the manifest's order: {', '.join(known)}")
    return told


def _lines(path: Path) -> list[str]:
    """Read a file by its lines, which need not be Python."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(str(path), (f"can't be read as UTF-8 text: {error}",)) from error


def _no_head(lines: Sequence[str]) -> str:
    """Say that there is no block, and where one may have been meant."""
    for number, line in enumerate(lines, start=1):
        if _ALMOST_HEAD.fullmatch(line):
            return f"line {number}: {line!r} opens no block; did you mean {HEAD!r}?"
    return f"declares no outcome: a block that starts with the line {HEAD!r} must follow the docstring"


def _read_block(lines: Sequence[str], head: int) -> tuple[dict[str, Expectation], list[str]]:
    """Read the rows below line `head`: what they declare, and what is wrong with them."""
    expectations: dict[str, Expectation] = {}
    first_lines: dict[str, int] = {}
    faults = []
    for number, line in enumerate(takewhile(_is_in_block, lines[head:]), start=head + 1):
        row = _ROW.fullmatch(line.rstrip())
        if row is None:
            faults.append(f"line {number}: must be `#   check: verdict`, with the cause after `failed`, not {line!r}")
            continue
        check = row["check"]
        if check in first_lines:
            faults.append(f"line {number}: {check!r} stands on line {first_lines[check]} too; once is enough")
        first_lines.setdefault(check, number)
        found = _parse(row["words"].split())
        if isinstance(found, Expectation):
            expectations.setdefault(check, found)
        else:
            faults += [f"line {number}: {fault}" for fault in found]
    if not first_lines and not faults:
        faults.append(f"line {head}: the block is empty; one line a check must follow, `#   check: verdict`")
    return expectations, faults


def _is_in_block(line: str) -> bool:
    """Tell whether a line below the head still belongs to the block."""
    return line.startswith("#") and line.rstrip() != HEAD


def _parse(words: Sequence[str]) -> Expectation | list[str]:
    """Make an expectation of the words behind a check's id, or say everything that is wrong with them."""
    verdict, *more = words or [""]
    faults = []
    if verdict in VOID:
        faults.append(f"{verdict!r} is no submission's doing and can't be expected")
    elif verdict not in _VERDICTS:
        faults.append(_unknown("verdict", verdict, _VERDICTS))
    if verdict == Verdict.FAILED and len(more) != 1:
        faults.append(f"`failed` takes one cause, not {len(more)}: {', '.join(_CAUSES)}")
    if verdict in _VERDICTS and verdict != Verdict.FAILED and more:
        faults.append(f"only `failed` has a cause; take away {' '.join(more)!r}")
    if verdict not in _VERDICTS or verdict == Verdict.FAILED:
        faults += [_unknown("cause", cause, _CAUSES) for cause in more if cause not in _CAUSES]
    if faults:
        return faults
    return Expectation(Verdict(verdict), Cause(more[0]) if more else None)


def _unknown(kind: str, word: str, known: Sequence[str]) -> str:
    """Say that a word is none of its kind, with a guess or with all that there are."""
    return f"no {kind} is called {word!r}{did_you_mean(word, known) or '; there are: ' + ', '.join(known)}"


def _agrees(wanted: Expectation, row: CheckResult) -> bool:
    """Tell whether a row ended as it was declared."""
    cause = row.failure.cause if row.failure else None
    return (wanted.verdict, wanted.cause) == (row.verdict, cause)


def _ending(row: CheckResult) -> str:
    """Write how a row ended, with what the learner is told."""
    if row.failure is not None:
        return f"{row.verdict.value} {row.failure.cause.value} ({row.failure.message})"
    return f"{row.verdict.value} ({row.reason})" if row.reason else row.verdict.value
