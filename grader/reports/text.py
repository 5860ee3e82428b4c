"""Makes text of any origin fit to be shown, and picks the words and figures that several reports share."""

from __future__ import annotations

from grader.verdict import CheckResult, Grade
from harness.outcomes import Verdict
from harness.readings import Reading


def visible(text: str) -> str:
    """Write every character that a terminal might obey, or not show, as an escape; keep line feeds.

    That takes in escape sequences, carriage returns, bidirectional and zero-width characters, and lone surrogates.
    """
    spaced = text.replace("\t", "    ")
    return "".join(char if char == "\n" or char.isprintable() else _escape(char) for char in spaced)


def visible_line(text: str) -> str:
    """Write text as one line, its line feeds escaped too."""
    return visible(text).replace("\n", "\\n")


def bounded(text: str, max_lines: int, max_chars: int) -> str:
    """Keep the first lines of a text, and say how much was cut."""
    lines = text[:max_chars].splitlines()
    cut_chars = len(text) - len(text[:max_chars])
    cut_lines = max(0, len(lines) - max_lines)
    kept = "\n".join(lines[:max_lines])
    if not cut_chars and not cut_lines:
        return kept
    unit = f"{cut_lines} more lines" if cut_lines else f"{cut_chars} more characters"
    return f"{kept}\n[cut here: at least {unit}]"


def points_line(grade: Grade) -> str:
    """Say what was earned of what could be, as in `9 of 9 points measurable here; 5 more need a CUDA GPU`."""
    parts = [f"a part of the challenge, {', '.join(grade.only)}"] if grade.is_partial else []
    parts += [f"{grade.points_earned} of {grade.points_measurable} points measurable here"]
    by_lane: dict[str, int] = {}
    for check in grade.checks:
        if check.verdict is Verdict.NOT_MEASURED:
            lacking = "not_here" if check.lane in grade.machine.lanes else check.lane
            by_lane[lacking] = by_lane.get(lacking, 0) + check.max_points
    unmeasured = by_lane.pop("not_here", 0)
    parts += [f"{points} more need {lane_words(lane)}" for lane, points in by_lane.items() if points]
    parts += [f"{unmeasured} more were not measured in this run"] if unmeasured else []
    void = grade.points_total - grade.points_measurable - unmeasured - sum(by_lane.values())
    parts += [f"{void} more could not be judged"] if void else []
    return "; ".join(parts)


def lane_words(lane: str) -> str:
    """Say what a lane asks of a machine."""
    if lane == "cpu":
        return "a CPU"
    count = lane.partition(":")[2]
    return f"{count} CUDA GPUs" if count else "a CUDA GPU"


def deciding_reading(check: CheckResult) -> Reading | None:
    """Pick the reading that a check with tiers stands or falls with: the smallest, where it has several."""
    found = [reading for reading in check.readings if reading.name == check.metric]
    return min(found, key=lambda reading: reading.value, default=None)


def figure(reading: Reading) -> str:
    """Write a reading with its unit and interval, as in `1.07 x [1.05, 1.09]`."""
    interval = "" if reading.low is None else f" [{reading.low:.4g}, {reading.high:.4g}]"
    return f"{reading.value:.4g} {reading.unit}{interval}"


def _escape(char: str) -> str:
    """Write one character as Python would in a string."""
    return char.encode("unicode_escape", errors="surrogatepass").decode("ascii")
