"""Engines: every job gets its record, whoever dies meanwhile, and both engines give the same."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import pytest

from grader.batch import local
from grader.batch.record import Record
from grader.batch.work import Settings, work_off
from tests.grader.batch.conftest import Hand

LINES = {
    "right": "passed", "wrong": "failed", "unlucky": "killed once", "cursed": "killed always", "full": "judge error",
}  # fmt: skip
ENDINGS = {
    "right.py": "passed", "wrong.py": "not passed", "unlucky.py": "passed", "cursed.py": "broken", "full.py": "broken",
}  # fmt: skip


def test_a_grading_that_was_killed_is_started_again(hand_in: Hand, settings: Settings) -> None:
    (job,) = hand_in(unlucky="killed once")

    record = work_off(job, settings)

    assert ("passed", 2, 3) == (record.ending, record.attempts, record.points)


@pytest.mark.parametrize(("line", "words"), [("killed always", "killed by signal 9"), ("judge error", "no room left")])
def test_a_judge_that_fails_again_and_again_is_no_fault_of_the_learners(
    hand_in: Hand, settings: Settings, line: str, words: str
) -> None:
    (job,) = hand_in(cursed=line)

    record = work_off(job, settings)

    assert ("broken", 3, None) == (record.ending, record.attempts, record.points)
    assert words in record.message


def test_a_failed_submission_is_graded_once(
    hand_in: Hand, settings: Settings, started: Callable[[str], int]
) -> None:  # fmt: skip
    (job,) = hand_in(wrong="failed")

    record = work_off(job, settings)

    assert ("not passed", 0, "values: nan") == (record.ending, record.points, record.message)
    assert 1 == started("failed")


def test_the_local_engine_gives_every_job_its_record(hand_in: Hand, settings: Settings) -> None:
    found: list[Record] = []

    local.run(hand_in(**LINES), settings, 2, found.append)

    assert ENDINGS == {record.name: record.ending for record in found}


@pytest.fixture
def cluster() -> Iterator[int]:
    ray = pytest.importorskip("ray")
    workers = 3
    yield workers
    ray.shutdown()


@pytest.mark.filterwarnings("ignore")
def test_the_ray_engine_gives_the_same_though_a_worker_is_killed(
    hand_in: Hand, settings: Settings, cluster: int, started: Callable[[str], int]
) -> None:
    from grader.batch import on_ray

    found: list[Record] = []
    with warnings.catch_warnings():
        on_ray.run(hand_in(**LINES, hit="kills its parent once"), settings, cluster, found.append, None)

    assert ENDINGS | {"hit.py": "passed"} == {record.name: record.ending for record in found}
    assert 2 == started("kills its parent once")
