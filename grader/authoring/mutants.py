"""Solutions that are no solution, made from the right one: what a challenge must not let through.

Each wraps the function of `full_marks` and returns something else. A grade of one must not pass, and a required check
must fail; otherwise the task is degenerate in that way, or its tolerance too wide.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.authoring.lint import Remark
from grader.challenge import Challenge
from grader.verdict import Grade
from harness.outcomes import Verdict


@dataclass(frozen=True, slots=True)
class Mutant:
    """One way to be no solution.

    Attributes:
        title: what the rule asks for.
        why: why it is asked.
        body: an expression of `out`, one tensor of the right result, and `inputs`, the tensors that were handed in.
    """

    title: str
    why: str
    body: str


MUTANTS = {
    "L101": Mutant("zeros don't pass", "A right shape full of zeros is the first thing that anybody tries.",
                   "torch.zeros_like(out)"),
    "L102": Mutant("a constant doesn't pass", "A mean in every place passes a test that looks at averages.",
                   "torch.full_like(out, out.double().mean().item() if out.numel() else 0)"),
    "L103": Mutant("an input returned doesn't pass", "An input of the right shape must not be the right answer.",
                   "next((one.clone() for one in inputs if one.shape == out.shape), torch.zeros_like(out))"),
    "L104": Mutant("stale memory doesn't pass", "Memory that held the last answer must not pass for this one.",
                   "_FIRST.setdefault((out.shape, out.dtype), out).clone()"),
    "L105": Mutant("half precision doesn't pass for single", "A tolerance that half precision meets rewards a cheat.",
                   "out.half().to(out.dtype) if out.dtype.itemsize > 2 else torch.zeros_like(out)"),
}  # fmt: skip
"""Every mutant by the number of its rule."""

_WRAPPER = """

import torch
from torch.utils._pytree import tree_leaves, tree_map

_RIGHT, _FIRST = {function}, {{}}


def _mutate(out, inputs):
    return {body}


def {function}(*arguments, **named):
    inputs = [one for one in tree_leaves((arguments, named)) if isinstance(one, torch.Tensor)]
    right = _RIGHT(*arguments, **named)
    return tree_map(lambda out: _mutate(out, inputs) if isinstance(out, torch.Tensor) else out, right)
"""


def can_mutate(challenge: Challenge) -> bool:
    """Tell whether there is one function to wrap; what a driver calls is its author's to watch."""
    return challenge.manifest.entry.file is not None and challenge.manifest.entry.function is not None


def lint_by_running(
    challenge: Challenge, full_marks: Path, folder: Path, grade_one: Callable[[Path], Grade]
) -> Iterator[Remark]:
    """Grade every mutant, made below `folder`, and tell those that get through."""
    for number, mutant in MUTANTS.items():
        made = make_mutant(challenge, mutant, full_marks, folder / number)
        remark = survives(grade_one(made))
        if remark is not None:
            yield Remark(number, "hidden_tests/", f"{mutant.title}: but {remark}")


def make_mutant(challenge: Challenge, mutant: Mutant, full_marks: Path, folder: Path) -> Path:
    """Write one mutant as a submission, and give its folder."""
    shutil.copytree(full_marks, folder, ignore=shutil.ignore_patterns("__pycache__"))
    entry = folder / str(challenge.manifest.entry.file)
    wrapper = _WRAPPER.format(function=challenge.manifest.entry.function, body=mutant.body)
    entry.write_text(entry.read_text(encoding="utf-8") + wrapper, encoding="utf-8")
    return folder


def survives(grade: Grade) -> str | None:
    """Say how a mutant got through; None when it was found out."""
    required = [check for check in grade.checks if check.required and check.measurable]
    if grade.passed:
        return "it passes the challenge"
    if not any(check.verdict is Verdict.FAILED for check in required):
        return "no required check fails"
    return None
