"""Charts of a grade as inline SVG: drawn by hand in the page's own colours, so that dark and print layouts hold.

Each chart has a title and a description for those who hear it, marks that differ by form and not by colour alone, and
a width that follows the page. The figures themselves stand in a table beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import count

from markupsafe import Markup

from grader.reports.text import visible_line
from grader.verdict import CheckResult, Grade, Tier
from harness.findings import Finding
from harness.outcomes import Verdict
from harness.readings import Reading

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 14, 34

MOST_DOTS = 400
"""Samples that are drawn one by one; of more, evenly spaced ones."""

_DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 4", "12 4")


class Frame:
    """Maps values onto the plot and draws its axes."""

    def __init__(self, xs: Sequence[float], ys: Sequence[float]) -> None:
        """Take the values that must fit."""
        self._x_low, self._x_high = _span(xs, room=0.0)
        self._y_low, self._y_high = _span(ys, room=0.08)

    def x(self, value: float) -> str:
        """Give the place of a value from the left."""
        share = (value - self._x_low) / (self._x_high - self._x_low)
        return f"{LEFT + share * (WIDTH - LEFT - RIGHT):.1f}"

    def y(self, value: float) -> str:
        """Give the place of a value from the top."""
        share = (value - self._y_low) / (self._y_high - self._y_low)
        return f"{HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM):.1f}"

    def axes(self, x_name: str, y_name: str) -> Markup:
        """Draw ticks and the names of both axes."""
        parts = []
        for step in range(5):
            value = self._y_low + (self._y_high - self._y_low) * step / 4
            place = self.y(value)
            parts.append(
                Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(LEFT, WIDTH - RIGHT, place, place)
            )
            parts.append(
                Markup('<text x="{}" y="{}" text-anchor="end" dy="4">{}</text>').format(LEFT - 6, place, f"{value:.4g}")
            )
        for value, anchor in ((self._x_low, "start"), (self._x_high, "end")):
            parts.append(
                Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(
                    self.x(value), HEIGHT - BOTTOM + 16, anchor, f"{value:.4g}"
                )
            )
        middle = (LEFT + WIDTH - RIGHT) / 2
        parts.append(
            Markup('<text x="{}" y="{}" text-anchor="middle">{} over {}</text>').format(
                middle, HEIGHT - 6, visible_line(y_name), visible_line(x_name)
            )
        )
        return Markup("").join(parts)  # fmt: skip


def samples_chart(check: CheckResult, reading: Reading) -> Markup:
    """Draw every sample in its order, the interval as a band, the tiers as dashed lines."""
    samples = _thinned(reading.samples)
    tiers = [tier for tier in (check.tier_reached, check.next_tier) if tier] if reading.name == check.metric else []
    ends = [end for end in (reading.low, reading.value, reading.high) if end is not None]
    frame = Frame([1, max(2, len(reading.samples))], [*(value for _, value in samples), *ends,
                                                      *(tier.reach for tier in tiers)])  # fmt: skip
    parts = [frame.axes("sample", f"{reading.name} [{reading.unit}]")]
    if reading.low is not None and reading.high is not None:
        top, bottom = float(frame.y(reading.high)), float(frame.y(reading.low))
        parts.append(Markup('<rect class="band" x="{}" width="{}" y="{}" height="{}"/>').format(
            LEFT, WIDTH - LEFT - RIGHT, top, f"{max(1.0, bottom - top):.1f}"))  # fmt: skip
    parts.append(_level(frame, reading.value, "median", "value"))
    parts += [_level(frame, tier.reach, f"tier: {tier.name}", "tier") for tier in tiers]
    parts += [Markup('<circle cx="{}" cy="{}" r="3"/>').format(frame.x(at), frame.y(value)) for at, value in samples]
    return _svg(f"{reading.name} of {check.id}", _samples_words(reading, tiers), parts)


def series_chart(finding: Finding) -> Markup:
    """Draw every column of a series over its first one, each with a dash of its own."""
    rows = [row for row in finding.rows if isinstance(row[0], int | float)]
    lines: list[tuple[str, list[tuple[float, float]]]] = []
    for place, column in enumerate(finding.columns[1:], start=1):
        points = [(float(row[0]), float(row[place])) for row in rows if _both_numbers(row[0], row[place])]  # type: ignore[arg-type]
        if column.unit is not None and points:
            lines.append((f"{column.name} [{column.unit}]", points))
    if not lines:
        return Markup("")
    frame = Frame([x for _, points in lines for x, _ in points], [y for _, points in lines for _, y in points])
    axis = finding.columns[0]
    parts = [frame.axes(f"{axis.name} [{axis.unit}]", ", ".join(name for name, _ in lines))]
    for number, (name, points) in enumerate(lines):
        path = " ".join(f"{frame.x(x)},{frame.y(y)}" for x, y in points)
        last_x, last_y = points[-1]
        curve = Markup('<polyline class="line l{}" stroke-dasharray="{}" points="{}"/>')
        label = Markup('<text x="{}" y="{}" text-anchor="end" dy="-6">{}</text>')
        parts.append(curve.format(number % 6, _DASHES[number % 6], path))
        parts.append(label.format(frame.x(last_x), frame.y(last_y), visible_line(name)))
    return _svg(finding.title, f"{len(lines)} curves over {len(rows)} points of {axis.name}", parts)


def points_chart(grade: Grade) -> Markup:
    """Draw a bar a check: as long as it is worth, filled as far as it was earned, hatched where it is not measured."""
    most = max(1, *(check.max_points for check in grade.checks))
    row_height = 22
    height = row_height * len(grade.checks) + 8
    scale = (WIDTH - 200 - 60) / most
    parts = [
        Markup('<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse">'
               '<path class="grid" d="M0 6L6 0"/></pattern></defs>')
    ]  # fmt: skip
    for top, check in zip(count(4, row_height), grade.checks, strict=False):
        name = visible_line(check.id)
        parts.append(
            Markup('<text x="192" y="{}" text-anchor="end">{}</text>').format(
                top + 15, name if len(name) <= 26 else f"{name[:25]}\u2026"
            )
        )
        kind = "bar missing" if check.verdict is Verdict.NOT_MEASURED else "bar"
        parts.append(
            Markup('<rect class="{}" x="200" y="{}" width="{:.1f}" height="16"/>').format(
                kind, top, max(1.0, check.max_points * scale)
            )
        )
        parts.append(
            Markup('<rect class="earned" x="200" y="{}" width="{:.1f}" height="16"/>').format(top, check.points * scale)
        )
        parts.append(Markup('<text x="{:.1f}" y="{}">{}/{}</text>').format(
            206 + check.max_points * scale, top + 13, check.points, check.max_points))  # fmt: skip
    words = f"{grade.points_earned} of {grade.points_total} points over {len(grade.checks)} checks"
    return _svg("points of each check", words, parts, height)


def _level(frame: Frame, value: float, name: str, kind: str) -> Markup:
    """Draw a horizontal line with its name at the right end."""
    place = frame.y(value)
    return Markup(
        '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="end" dy="-4">{}</text>'
    ).format(kind, LEFT, WIDTH - RIGHT, place, place, WIDTH - RIGHT, place, f"{visible_line(name)} {value:.4g}")


def _svg(title: str, description: str, parts: Sequence[Markup], height: float = HEIGHT) -> Markup:
    """Put parts into an image that says what it shows."""
    return Markup('<svg role="img" viewBox="0 0 {} {}"><title>{}</title><desc>{}</desc>{}</svg>').format(
        WIDTH, height, visible_line(title), visible_line(description), Markup("").join(parts)
    )


def _samples_words(reading: Reading, tiers: Sequence[Tier]) -> str:
    """Describe a chart of samples in a sentence."""
    words = f"{len(reading.samples)} samples, median {reading.value:.4g} {reading.unit}"
    if reading.low is not None:
        words += f", 95 % interval {reading.low:.4g} to {reading.high:.4g}"
    return words + "".join(f", tier {tier.name} at {tier.reach:g}" for tier in tiers)


def _thinned(samples: Sequence[float]) -> list[tuple[int, float]]:
    """Number the samples from 1, and keep some when there are very many."""
    step = math.ceil(len(samples) / MOST_DOTS) or 1
    return [(place + 1, samples[place]) for place in range(0, len(samples), step)]


def _span(values: Sequence[float], room: float) -> tuple[float, float]:
    """Give the range of an axis, never empty, with a share of room at both ends."""
    low, high = min(values), max(values)
    more = (high - low) * room if high > low else max(abs(high) * 0.05, 1e-12)
    return low - more, high + more


def _both_numbers(x: object, y: object) -> bool:
    """Tell whether a point can be drawn."""
    return isinstance(x, int | float) and isinstance(y, int | float)
