"""Makes `docs/lint.md`, a section a rule, from the rules; `python -m grader.authoring.lint_page` writes it."""

from __future__ import annotations

from pathlib import Path

from grader.authoring.lint import RULES
from grader.authoring.mutants import MUTANTS

PAGE = Path(__file__).parents[2] / "docs" / "lint.md"

_HEAD = """\
# Rules for challenges

Made by `python -m grader.authoring.lint_page` from the rules; don't edit it by hand. `grade lint ID` reads a challenge
and tells what breaks the rules L0xx; with `--run` it also grades broken copies of the full_marks solution, L1xx. That
an id names one check, that tiers ascend and the like is told by reading the manifest, whatever the command.
"""


def page_text() -> str:
    """Write the page."""
    words = [(number, rule.title, rule.why) for number, rule in RULES.items()]
    words += [(number, mutant.title, mutant.why) for number, mutant in MUTANTS.items()]
    return _HEAD + "".join(f"\n## {number}: {title}\n\n{why}\n" for number, title, why in words)


if __name__ == "__main__":
    PAGE.write_text(page_text(), encoding="utf-8")
