"""Which checks a person means: by id, by number, or by how an id begins."""

from __future__ import annotations

from collections.abc import Sequence

from grader.guess import did_you_mean
from grader.manifest.schema import Manifest
from harness.errors import UsageError


def asked_checks(manifest: Manifest, only: Sequence[str]) -> tuple[str, ...]:
    """Find the checks that a person means, in the order of the manifest.

    Each of `only` is the id of a check; or the number that one begins with (`7` for `07-window-band`); or the beginning
    of one or several ids.

    Raises:
        UsageError: one of them means no check.
    """
    known = [check.id for check in manifest.checks]
    meant: set[str] = set()
    for name in only:
        found = _meant(name, known)
        if not found:
            guess = did_you_mean(name, known)
            raise UsageError(f"{manifest.id} has no check {name!r}{guess or '; it has: ' + ', '.join(known)}")
        meant.update(found)
    return tuple(check for check in known if check in meant)


def _meant(name: str, known: Sequence[str]) -> list[str]:
    """List the ids that one word means: the id itself, those with its number, or those that begin with it."""
    if name in known or not name:
        return [name] if name else []
    if name.isdecimal():
        numbers = {check: check.partition("-")[0] for check in known}
        numbered = [check for check, number in numbers.items() if number.isdecimal() and int(number) == int(name)]
        if numbered:
            return numbered
    return [check for check in known if check.startswith(name)]
