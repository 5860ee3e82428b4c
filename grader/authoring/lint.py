"""Reads a challenge as its reviewer would, without running it: numbered rules, each with its words in the docs."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.challenge import Challenge
from grader.guess import did_you_mean

LEAST_LEAK_CHARS = 40
"""A line of hidden tests as long as this is no accident when a learner's text has it too."""

_UNSEEDED = frozenset({"rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial"})
_IMPORT_LINE = re.compile(r"(from|import)\s")


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a rule found.

    Attributes:
        rule: number of the rule.
        place: file, and line where there is one, relative to the challenge's folder.
        text: what is wrong, with the mend.
    """

    rule: str
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        title: what it asks for, in one line.
        why: why it is asked.
        look: looks at a challenge and gives (place, text) for each thing found.
    """

    title: str
    why: str
    look: Callable[[Challenge], Iterator[tuple[str, str]]]


def lint(challenge: Challenge) -> list[Remark]:
    """Hold a challenge against every rule."""
    return [
        Remark(number, place, text)
        for number, rule in RULES.items()
        for place, text in rule.look(challenge)
    ]  # fmt: skip


def marks(challenge: Challenge) -> Iterator[tuple[str, int, str, str | None]]:
    """Give every test: its file, line, name, and the check that it is tied to by `pytest.mark.check`."""
    for path, tree in _trees(challenge, "test_*.py"):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield path.relative_to(challenge.folder).as_posix(), node.lineno, node.name, _mark_of(node)


def _untold(challenge: Challenge) -> Iterator[tuple[str, str]]:
    if challenge.manifest.hints:
        return
    for check in challenge.manifest.checks:
        if check.hint is None and not check.hints:
            yield "challenge.yaml", f"check {check.id!r} has no hint, and the challenge has none either; write one"


def _untested(challenge: Challenge) -> Iterator[tuple[str, str]]:
    tied = {check for *_, check in marks(challenge)}
    for check in challenge.manifest.checks:
        if check.id not in tied:
            yield "challenge.yaml", f"no hidden test is marked `@pytest.mark.check({check.id!r})`"


def _untied(challenge: Challenge) -> Iterator[tuple[str, str]]:
    known = [check.id for check in challenge.manifest.checks]
    for file, line, name, check in marks(challenge):
        if check is None:
            yield f"{file}:{line}", f"{name} is tied to no check: mark it with `@pytest.mark.check(ID)`"
        elif check not in known:
            yield f"{file}:{line}", f"{name} is tied to {check!r}, which is no check{did_you_mean(check, known)}"


def _unnamed_limits(challenge: Challenge) -> Iterator[tuple[str, str]]:
    brief = challenge.brief.read_text(encoding="utf-8")
    limits = challenge.manifest.limits
    for name in sorted({"wall_s", "call_s", "memory_mib"} & limits.model_fields_set):
        value = getattr(limits, name)
        shown = {f"{value:g}", f"{value:,}", f"{value / 60:g}", f"{value / 1024:g}"}
        if not any(re.search(rf"(?<![\d.]){re.escape(one)}(?![\d])", brief) for one in shown):
            yield "README.md", f"limits.{name} is {value:g}, which the brief does not name"


def _unsaid_stub(challenge: Challenge) -> Iterator[tuple[str, str]]:
    if challenge.manifest.stub_points is None:
        yield "challenge.yaml", "does not say what the stub earns; add `stub_points:`"


def _unseeded(challenge: Challenge) -> Iterator[tuple[str, str]]:
    for path, tree in _trees(challenge, "*.py"):
        place = path.relative_to(challenge.folder).as_posix()
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            owner, called = ast.unparse(node.func.value), node.func.attr
            seeded = any(word.arg in {"generator", None} for word in node.keywords)
            if owner == "torch" and called in _UNSEEDED and not seeded:
                yield f"{place}:{node.lineno}", f"torch.{called} without `generator=draw`: a seed can't play it again"
            if owner in {"random", "np.random", "numpy.random"} and called[0].islower():
                yield f"{place}:{node.lineno}", f"{owner}.{called}: draw from the fixture `draw` instead"


def _leaks(challenge: Challenge) -> Iterator[tuple[str, str]]:
    public = [challenge.brief, *([challenge.stub] if challenge.stub.is_file() else challenge.stub.rglob("*.py"))]
    texts = {path.relative_to(challenge.folder).as_posix(): path.read_text(encoding="utf-8") for path in public}
    told = [("a hint", hint) for hint in challenge.manifest.hints]
    told += [("a hint", hint) for check in challenge.manifest.checks for hint in (check.hint, *check.hints) if hint]
    for name, text in [*texts.items(), *told]:
        place = name if name in texts else "challenge.yaml"
        for secret, where in _secrets(challenge):
            if secret in text:
                yield place, f"{name} has {secret!r} of {where}; hidden things stay hidden"


def _secrets(challenge: Challenge) -> Iterator[tuple[str, str]]:
    """Give what no text may hold: names of hidden tests, and their long lines; a baseline is no secret."""
    for file, _, name, _ in marks(challenge):
        yield name, file
    for path, _ in _trees(challenge, "*.py"):
        if path.name != "baseline.py":
            for line in path.read_text(encoding="utf-8").splitlines():
                stripped = line.strip()
                if len(stripped) >= LEAST_LEAK_CHARS and not _IMPORT_LINE.match(stripped):
                    yield stripped, path.relative_to(challenge.folder).as_posix()


def _trees(challenge: Challenge, pattern: str) -> Iterator[tuple[Path, ast.Module]]:
    """Parse hidden tests; a file that does not parse is told by running it."""
    for path in sorted(challenge.hidden_tests.rglob(pattern)):
        try:
            yield path, ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError):
            continue


def _unparsed(challenge: Challenge) -> Iterator[tuple[str, str]]:
    for path in sorted(challenge.hidden_tests.rglob("*.py")):
        try:
            ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError) as error:
            yield path.relative_to(challenge.folder).as_posix(), f"is no Python: {error}"


def _mark_of(node: ast.FunctionDef) -> str | None:
    """Give the check that a test's own decorator names."""
    for one in node.decorator_list:
        if isinstance(one, ast.Call) and ast.unparse(one.func) == "pytest.mark.check" and one.args:
            value = one.args[0]
            return str(value.value) if isinstance(value, ast.Constant) else None
    return None


RULES = {
    "L001": Rule(
        "hints are there",
        "A learner who is stuck leaves. A hint a check, or hints of the challenge, keep them.",
        _untold,
    ),
    "L002": Rule("every check has a test", "A check without a test is a judge error in every grading.", _untested),
    "L003": Rule("every test is tied to a check", "A test without a check runs and counts for nothing.", _untied),
    "L004": Rule(
        "the brief names every limit",
        "A limit that the manifest sets and the brief hides is found by failing. Minutes and GiB count as named too.",
        _unnamed_limits,
    ),
    "L005": Rule(
        "the manifest says what the stub earns",
        "Points for the stub are points for nothing, unless its author meant them: then `stub_points` says so.",
        _unsaid_stub,
    ),
    "L006": Rule(
        "inputs come from the seed",
        "Only what the fixture `draw` gave can be played again with `--seed`, and only it is secret.",
        _unseeded,
    ),
    "L007": Rule(
        "no text leaks what is hidden",
        "Names of hidden tests and their longer lines must not stand in the brief, the stub or a hint.",
        _leaks,
    ),
    "L008": Rule("hidden tests are Python", "A file that does not parse grades nobody.", _unparsed),
}
"""Every rule by its number; a number is never used again for something else."""
