"""Grades a challenge's reference solution several times: how long it takes, where the time goes, what the races read.

    python -m benchmarks.reference loop-to-GEMM --gradings 3

Ratios are against the baseline of the same race; seconds are of this machine on this day.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

from grader.challenge import Challenge, open_challenge
from grader.judge import Options, grade
from grader.submission import take_submission
from grader.verdict import Grade

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Grade, and print three tables: seconds, spans, ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("challenge")
    parser.add_argument("--gradings", type=int, default=3)
    options = parser.parse_args()
    challenge = open_challenge(ROOT / "challenges", options.challenge)
    grades = [one_grading(challenge) for _ in range(options.gradings)]
    print_seconds(grades)
    print_ratios(grades)


def one_grading(challenge: Challenge) -> Grade:
    """Grade the folder `full_marks` once and print its line."""
    folder = ROOT / "solutions" / challenge.id / "full_marks"
    with take_submission(folder, challenge.manifest.entry.place) as submission:
        result = grade(challenge, submission, Options())
    print(f"{result.points_earned} of {result.points_measurable} points in {result.wall_s:.1f} s", flush=True)
    return result


def print_seconds(grades: list[Grade]) -> None:
    """Print the median seconds of the whole, of each check, and of loading."""
    print(f"\nmedian of {len(grades)} gradings, seconds")
    print(f"{'in all':28s}{statistics.median(one.wall_s for one in grades):8.1f}")
    names = dict.fromkeys(span.name for one in grades for span in one.spans)
    for name in names:
        each = [sum(span.wall_s for span in one.spans if span.name == name) for one in grades]
        print(f"{name:28s}{statistics.median(each):8.1f}")


def print_ratios(grades: list[Grade]) -> None:
    """Print every interval that a race read, grading by grading."""
    print("\nratios (95 % interval)")
    for one in grades:
        for check in one.checks:
            for reading in check.readings:
                if reading.low is not None and reading.high is not None:
                    interval = f"{reading.value:.3f} ({reading.low:.3f} to {reading.high:.3f})"
                    print(f"{check.id:12s} {reading.name:10s} {interval:28s} {reading.note or ''}")


if __name__ == "__main__":
    main()
