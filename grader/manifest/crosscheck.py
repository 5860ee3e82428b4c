"""What no single field can say of a manifest: rules that tie several fields together.

They read the raw document, not the models, so that a fault in one field does not hide a fault between two others;
what is not of the right kind is passed over here, since the models complain of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from grader.guess import did_you_mean


class Fault(NamedTuple):
    """One thing wrong in a manifest: where, as a path like `checks[2].needs`, and what, with the mend."""

    path: str
    text: str


def cross_faults(document: object) -> list[Fault]:
    """List every contradiction in a manifest's document, in the order of its checks."""
    root = _mapping(document)
    rows = [_mapping(row) for row in _sequence(root.get("checks"))]
    return [
        *_entry(root.get("entry")),
        *_limits(_mapping(root.get("limits"))),
        *_ids(rows),
        *_needs(rows),
        *_circle(rows),
        *(fault for index, row in enumerate(rows) for fault in _worth(f"checks[{index}]", row)),
        *_total(rows),
    ]


def _entry(document: object) -> Iterator[Fault]:
    """A submission is one file or one folder; without a driver its function is called by name."""
    if not isinstance(document, Mapping):
        return
    file, folder, function, driver = (document.get(name) for name in ("file", "folder", "function", "driver"))
    if (file is None) == (folder is None):
        yield Fault("entry", "give either `file` or `folder`")
    if folder is not None and driver is not True:
        yield Fault("entry.driver", "a folder of modules needs a driver that calls them: `driver: true`")
    elif function is None and driver is not True:
        yield Fault("entry.function", "is missing")


def _limits(limits: Mapping[str, object]) -> Iterator[Fault]:
    """A part of the grading can't be given more time than the whole."""
    wall_s = _number(limits.get("wall_s"))
    for name in ("load_s", "call_s"):
        part_s = _number(limits.get(name))
        if wall_s is not None and part_s is not None and part_s > wall_s:
            yield Fault(f"limits.{name}", f"{part_s:g} s is more than the {wall_s:g} s of limits.wall_s")


def _ids(rows: Sequence[Mapping[str, object]]) -> Iterator[Fault]:
    """An id names one check."""
    first: dict[object, int] = {}
    for index, row in enumerate(rows):
        name = row.get("id")
        if not isinstance(name, str):
            continue
        if name in first:
            yield Fault(f"checks[{index}].id", f"{name!r} is the id of checks[{first[name]}] too; give it another one")
        first.setdefault(name, index)


def _needs(rows: Sequence[Mapping[str, object]]) -> Iterator[Fault]:
    """What a check needs is a check, another one, once, and can be measured wherever it is measured itself."""
    lanes = {str(row.get("id")): _lane_rank(row) for row in rows}
    for index, row in enumerate(rows):
        needs = [need for need in _sequence(row.get("needs")) if isinstance(need, str)]
        for position, need in enumerate(needs):
            path = f"checks[{index}].needs[{position}]"
            if need not in lanes:
                yield Fault(path, f"no check is called {need!r}{did_you_mean(need, list(lanes))}")
            elif need in needs[:position]:
                yield Fault(path, f"{need!r} is named twice; once is enough")
            elif lanes[need] > _lane_rank(row):
                yield Fault(path, f"{need!r} can't be measured on every machine that has this check's lane")


def _circle(rows: Sequence[Mapping[str, object]]) -> Iterator[Fault]:
    """Checks that wait for each other are never run; one fault a circle, at its first check in the file."""
    needs = {str(row.get("id")): [str(need) for need in _sequence(row.get("needs"))] for row in rows}
    told: set[str] = set()
    for index, name in enumerate(needs):
        path = _way_back(name, needs)
        if path and name not in told:
            told.update(path)
            yield Fault(f"checks[{index}].needs", f"a circle: {' needs '.join([*path, name])}; break it")


def _way_back(start: str, needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Find a way along `needs` from a check back to itself; empty when there is none."""
    paths = [[start]]
    seen: set[str] = set()
    while paths:
        path = paths.pop()
        for need in needs.get(path[-1], ()):
            if need == start:
                return path
            if need not in seen:
                seen.add(need)
                paths.append([*path, need])
    return []


def _worth(path: str, row: Mapping[str, object]) -> Iterator[Fault]:
    """A check is worth points or has a threshold, and must decide something."""
    has_points = row.get("points") is not None
    has_threshold = row.get("threshold") is not None
    if has_points and has_threshold:
        yield Fault(path, "has both points and threshold; the tiers say the points, so take points away")
    if not has_points and not has_threshold:
        yield Fault(path, "has neither points nor threshold; give it one of them")
    if has_threshold and row.get("required") is True:
        yield Fault(f"{path}.required", "a check with a threshold earns points and can't be required; take one away")
    if row.get("points") == 0 and row.get("required") is not True:
        yield Fault(f"{path}.points", "a check of 0 points that is not required decides nothing")
    yield from _tiers(f"{path}.threshold.tiers", _mapping(row.get("threshold")).get("tiers"))


def _tiers(path: str, value: object) -> Iterator[Fault]:
    """Tiers ascend, never take points away, have names of their own, and the last one is worth something."""
    tiers = [_mapping(tier) for tier in _sequence(value)]
    for index, (lower, upper) in enumerate(pairwise(tiers), start=1):
        reach_below, reach = _number(lower.get("reach")), _number(upper.get("reach"))
        if reach_below is not None and reach is not None and reach <= reach_below:
            yield Fault(f"{path}[{index}].reach", f"{reach:g} does not lie above the tier before it ({reach_below:g})")
        points_below, points = _number(lower.get("points")), _number(upper.get("points"))
        if points_below is not None and points is not None and points < points_below:
            yield Fault(
                f"{path}[{index}].points",
                f"{points:g} is less than the tier before it ({points_below:g}); points add up",
            )
        if upper.get("name") in [tier.get("name") for tier in tiers[:index]]:
            yield Fault(f"{path}[{index}].name", f"{upper.get('name')!r} is the name of a tier before it too")
    if tiers and tiers[-1].get("points") == 0:
        yield Fault(f"{path}[{len(tiers) - 1}].points", "the last tier is worth nothing, so no tier is")


def _total(rows: Sequence[Mapping[str, object]]) -> Iterator[Fault]:
    """A challenge without points can't be scored."""
    if rows and all(row.get("points") == 0 for row in rows):
        yield Fault("checks", "no check is worth any points")


def _lane_rank(row: Mapping[str, object]) -> int:
    """Order the lanes by how many GPUs they take; a lane that is not well formed takes none."""
    kind, _, count = str(row.get("lane", "cpu")).partition(":")
    if kind != "cuda":
        return 0
    return int(count) if count.isdecimal() else 1


def _mapping(value: object) -> Mapping[str, object]:
    """Take a mapping as it is and anything else as an empty one."""
    return value if isinstance(value, Mapping) else {}


def _sequence(value: object) -> Sequence[object]:
    """Take a list or a tuple as it is and anything else as an empty one."""
    return value if isinstance(value, list | tuple) else ()


def _number(value: object) -> float | None:
    """Take a number as a float and anything else, a truth value included, as none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
