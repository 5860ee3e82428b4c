"""The table of commands: what each is for, and where it is, without importing it."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One command.

    Attributes:
        module: the module that holds it.
        summary: what it does, in one line.
        name: what it is called there.
    """

    module: str
    summary: str
    name: str = "command"


COMMANDS = {
    "run": Entry("grader.cli.grading", "Grade a submission; `grade ID` does the same."),
    "start": Entry("grader.cli.learning", "Begin a challenge: a folder with the stub and the brief.", "start"),
    "next": Entry("grader.cli.learning", "Go on to the next challenge that is not passed yet.", "next_command"),
    "brief": Entry("grader.cli.learning", "Show the task of a challenge.", "brief"),
    "hint": Entry("grader.cli.learning", "Show one more hint each time.", "hint"),
    "reset": Entry("grader.cli.learning", "Go back to the stub, and keep a backup.", "reset"),
    "solution": Entry("grader.cli.learning", "Show the reference solution, once the challenge is passed.", "solution"),
    "list": Entry("grader.cli.listing", "List the challenges."),
    "history": Entry("grader.cli.history", "Show what was graded before, and the best of every check."),
    "report": Entry("grader.cli.reporting", "Write the last grade as a page with charts."),
    "doctor": Entry("grader.cli.doctor", "Say what this machine can measure, and what it lacks."),
    "new": Entry("grader.cli.making", "Make a new challenge that works from the first minute."),
    "lint": Entry("grader.cli.linting", "Hold a challenge against the rules of its craft."),
    "release": Entry("grader.cli.releasing", "Write what learners get, and what hosts need, without what is hidden."),
    "calibrate": Entry("grader.cli.calibrating", "Measure where a challenge's thresholds may lie on this machine."),
    "batch": Entry("grader.cli.batching", "Grade submissions by the hundred; starts where it stopped."),
    "verify": Entry("grader.cli.verifying", "Hold a challenge's stub and solutions against what they declare."),
}
"""Every command by its name; where a challenge is called like one, the command wins and `grade run ID` grades."""
