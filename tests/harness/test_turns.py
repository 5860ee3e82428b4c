"""Turns: who measures is alone, who does not shares, and nobody waits for ever or is charged for waiting."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from harness.turns import Turns


@pytest.fixture
def log() -> list[str]:
    return []


def test_those_who_share_run_side_by_side(tmp_path: Path) -> None:
    with Turns(tmp_path).shared(), Turns(tmp_path).shared():
        pass


def enter(turns: Turns, log: list[str], *, alone: bool) -> threading.Thread:
    def run() -> None:
        with turns.alone() if alone else turns.shared():
            log.append("alone" if alone else "shared")

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.05)
    return thread


@pytest.mark.parametrize("alone", [True, False])
def test_nobody_enters_while_somebody_measures(tmp_path: Path, log: list[str], alone: bool) -> None:
    other = Turns(tmp_path)
    with Turns(tmp_path).alone():
        thread = enter(other, log, alone=alone)
        assert [] == log
    thread.join(5)

    assert ["alone" if alone else "shared"] == log
    assert other.waited_s >= 0.04


def test_who_waits_to_measure_goes_before_those_who_come_later(tmp_path: Path, log: list[str]) -> None:
    with Turns(tmp_path).shared():
        first = enter(Turns(tmp_path), log, alone=True)
        second = enter(Turns(tmp_path), log, alone=False)
        assert [] == log
    first.join(5)
    second.join(5)

    assert ["alone", "shared"] == log


def test_a_share_is_given_back_for_a_measurement_and_taken_again(tmp_path: Path, log: list[str]) -> None:
    mine = Turns(tmp_path)
    with mine.shared():
        with mine.alone():
            pass
        thread = enter(Turns(tmp_path), log, alone=True)
        assert [] == log
    thread.join(5)

    assert ["alone"] == log


def test_two_that_share_and_both_want_to_measure_do_so_in_turn(tmp_path: Path, log: list[str]) -> None:
    def run(turns: Turns, name: str) -> None:
        with turns.shared():
            barrier.wait(5)
            with turns.alone():
                log.extend([name, name])

    barrier = threading.Barrier(2)
    threads = [threading.Thread(target=run, args=(Turns(tmp_path), name)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert log in (list("aabb"), list("bbaa"))
