"""Tests of a race against scripted guests: how many rounds, on what, in what order, and what ends it early."""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
from pathlib import Path

import pytest
import torch

from harness.errors import JudgeError, SubmissionFault, Undecided
from harness.readings import Cause
from harness.sandbox.staging import Arguments
from tests.fakes import CANDIDATE_WARM_UP, Course, Script


def swinging(mean_s: float, swing: float, frames: int) -> Script:
    """Calls that take turns to be slower and faster than the mean, for so many frames after the warm-up."""

    def call_s(frame: int) -> float:
        timed = frame - CANDIDATE_WARM_UP
        return mean_s * (1.0 if not 0 <= timed < frames else swing if timed % 2 else 1 / swing)

    return call_s


def test_a_race_stops_at_the_first_look_that_decides_every_tier(course: Course) -> None:
    result = course.run(tiers=(2.0, 3.5, 8.0))

    assert 16 == len(result.rounds) == len(course.rounds())
    assert 4.0 == pytest.approx(result.speedup.mid)
    assert ["16 rounds: 4.000 (3.947 to 4.054)"] == course.said


def test_a_tier_that_is_straddled_draws_more_rounds(course: Course) -> None:
    course.script(swinging(0.0125, 1.3, frames=6))
    result = course.run(tiers=(3.8,))

    assert 50 == len(result.rounds)
    assert ["16", "50"] == [text.split()[0] for text in course.said]


def test_a_tier_that_stays_straddled_ends_the_race_after_the_last_look(course: Course) -> None:
    course.script(swinging(0.0125, 1.3, frames=1000))
    result = course.run(tiers=(4.0,))

    assert 200 == len(result.rounds)
    assert ["16", "50", "200"] == [text.split()[0] for text in course.said]
    assert result.speedup.low < 4.0 < result.speedup.high


def test_a_race_without_tiers_is_over_at_the_first_look(course: Course) -> None:
    assert 16 == len(course.run(tiers=()).rounds)


def test_no_round_is_started_when_the_time_is_over(course: Course) -> None:
    round_s = 2 * 0.0125 + 2 * 0.05
    result = course.run(budget_s=7.5 * round_s)

    assert 8 == len(result.rounds)


def test_a_race_without_time_still_times_every_pair_once(course: Course) -> None:
    result = course.run(budget_s=0.0)

    assert [0, 1, 2] == [one.pair for one in result.rounds]


def test_a_hopeless_candidate_is_not_raced_further(course: Course) -> None:
    course.script(lambda _: 0.051)

    assert 4 == len(course.run(tiers=(2.0, 8.0)).rounds)


def test_one_round_near_the_lowest_tier_is_hope(course: Course) -> None:
    course.script(lambda frame: 0.049 if frame == CANDIDATE_WARM_UP else 0.051)

    assert 16 == len(course.run(tiers=(2.0, 8.0)).rounds)


def test_a_race_needs_three_pairs(course: Course) -> None:
    course.candidates.pop()
    course.baselines.pop()
    with pytest.raises(JudgeError, match="3 pairs"):
        course.run()

    assert [] == course.journal


def test_all_sides_of_a_round_work_on_the_same_fresh_inputs(course: Course) -> None:
    course.run()
    seen = set()
    for frames in course.rounds():
        inputs = {frame.function: [int(call[0]) for call in frame.arguments] for frame in frames}
        drawn = set(inputs["mine"])
        starts = {tuple(map(int, (call[0] for call in frame.arguments[:1]))) for frame in frames}

        assert 1 == len(starts)
        assert len(inputs["mine"]) == len(drawn)
        assert not seen & drawn
        seen |= drawn


def test_pairs_take_turns_and_the_control_is_another_pairs_baseline(course: Course) -> None:
    course.run()
    guests = [{frame.guest for frame in frames} for frames in course.rounds()]
    expected = [{f"candidate {n % 3}", f"baseline {n % 3}", f"baseline {(n + 1) % 3}"} for n in range(16)]

    assert expected == guests


def test_baseline_and_control_are_not_confused(course: Course) -> None:
    course.baselines[0].call_s = lambda _: 0.1
    rounds = course.run(tiers=()).rounds

    assert [(0.1, 0.05), (0.05, 0.05), (0.05, 0.1)] == [(one.baseline_s, one.control_s) for one in rounds[:3]]


def test_any_side_may_come_first_and_the_order_depends_on_chance_alone(course: Course) -> None:
    course.run()
    orders = {tuple(frame.guest.split()[0] for frame in frames) for frames in course.rounds()}

    assert {"candidate", "baseline"} == {order[0] for order in orders}
    assert 3 == len(orders)


@pytest.mark.parametrize(("call_s", "fits", "calls"), [(0.03, 64, 1), (0.011, 64, 2), (0.001, 64, 20), (0.001, 7, 7)])
def test_a_frame_holds_as_many_calls_as_make_it_long_enough(
    course: Course, call_s: float, fits: int, calls: int
) -> None:
    course.script(lambda _: call_s)
    course.candidates[1].fits = fits
    result = course.run(tiers=())
    sizes = {len(frame.arguments) for frames in course.rounds() for frame in frames if frame.function == "mine"}

    assert {calls} == sizes
    assert [call_s] * 16 == pytest.approx([one.candidate_s for one in result.rounds])


@pytest.mark.parametrize("frame", [0, 2, CANDIDATE_WARM_UP, 7])
def test_one_wrong_output_of_a_frame_that_counts_is_a_fault(course: Course, frame: int) -> None:
    def answer(now: int, arguments: Arguments) -> tuple[torch.Tensor, ...]:
        return (arguments[0] * 0 - 1,) if now == frame and int(arguments[0]) % 2 else (arguments[0],)

    for session in course.candidates:
        session.answer = answer

    assert Cause.VALUES == course.fault().cause


def test_nobody_checks_the_values_of_the_trusted_baseline(course: Course) -> None:
    for session in course.baselines:
        session.answer = lambda *_: (torch.zeros(1),)

    assert 16 == len(course.run().rounds)


def test_a_first_call_may_take_its_time_to_compile(course: Course) -> None:
    course.script(lambda frame: 50.0 if frame == 0 else 0.0125)

    assert 16 == len(course.run(call_s=60.0).rounds)


def test_a_first_call_without_end_is_a_timeout(course: Course) -> None:
    course.script(lambda frame: 70.0 if frame == 0 else 0.0125)

    assert Cause.TIMEOUT == course.fault(call_s=60.0).cause


@pytest.mark.parametrize("slow", [0, 1, 2])
def test_a_candidate_that_is_slower_by_far_is_too_slow_before_anything_is_raced(course: Course, slow: int) -> None:
    course.candidates[slow].call_s = lambda _: 0.101
    failure = course.fault()

    assert Cause.TOO_SLOW == failure.cause
    assert ("at least 2x", "0.495x") == (failure.expected, failure.actual)
    assert [] == course.rounds()


def test_a_candidate_that_is_just_fast_enough_to_be_raced_is_raced(course: Course) -> None:
    course.script(lambda _: 0.099)

    assert 4 == len(course.run().rounds)


def test_one_slow_warm_call_says_nothing(course: Course) -> None:
    course.script(lambda frame: 3.0 if frame in (0, 1) else 0.0125)

    assert 16 == len(course.run().rounds)


def test_a_fast_first_call_says_nothing(course: Course) -> None:
    course.script(lambda frame: 0.0125 if frame == 0 else 0.101)

    assert Cause.TOO_SLOW == course.fault().cause


def test_a_frame_of_a_round_that_does_not_end_is_a_timeout(course: Course) -> None:
    course.script(lambda frame: 61.0 if frame == CANDIDATE_WARM_UP else 0.0125)

    assert Cause.TIMEOUT == course.fault(call_s=60.0).cause
    assert {60.0} == {frame.deadline_s for frame in course.journal}


def test_a_machine_whose_baselines_disagree_keeps_a_near_tier_open_and_decides_a_far_one(course: Course) -> None:
    for number, session in enumerate(course.baselines):
        session.call_s = lambda frame, number=number: 0.05 * (1.06 if frame % 2 and number else 1.0)
    far = course.run(tiers=(2.0,))
    near = course.run(tiers=(3.95,))

    assert far.noise is not None
    assert 16 == len(far.rounds)
    assert len(near.rounds) > 16


def test_a_process_that_resists_being_stopped_is_a_fault_of_integrity(course: Course) -> None:
    for session in course.candidates:
        session.stop_s = 0.03

    assert Cause.INTEGRITY == course.fault().cause


def test_the_time_of_a_frame_is_taken_without_the_judges_own_garbage_collector(course: Course) -> None:
    collecting = []
    course.candidates[0].answer = lambda _, arguments: (collecting.append(gc.isenabled()) or arguments[0],)
    course.run()

    assert {False} == set(collecting)
    assert gc.isenabled()


def lock_is_held(folder: Path) -> bool:
    descriptor = os.open(folder / "superfast-timing.lock", os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@pytest.mark.parametrize("is_right", [True, False])
def test_nobody_else_times_anything_during_a_race(course: Course, tmp_path: Path, is_right: bool) -> None:
    held = []

    def answer(_: int, arguments: Arguments) -> tuple[torch.Tensor, ...]:
        held.append(lock_is_held(tmp_path))
        return (arguments[0] if is_right else arguments[0] - 1,)

    course.candidates[0].answer = answer
    with contextlib.nullcontext() if is_right else pytest.raises(SubmissionFault):
        course.run()

    assert {True} == set(held)
    assert not lock_is_held(tmp_path)


def test_on_a_gpu_handing_over_is_subtracted_from_both_sides(course: Course) -> None:
    for candidate, baseline in zip(course.candidates, course.baselines, strict=True):
        candidate.device = baseline.device = "cuda"
        candidate.hand_over_s, baseline.hand_over_s = 9.0, 0.0025
    result = course.run(tiers=(2.0,))

    # Of 0.0125 s and 0.05 s a call a clean baseline guest says that 0.0025 s (and a share of a frame) are not theirs.
    assert 0.0475 / 0.01 == pytest.approx(result.speedup.mid, rel=0.03)


def test_on_a_gpu_calls_that_are_nothing_but_handing_over_are_left_open(course: Course) -> None:
    for candidate, baseline in zip(course.candidates, course.baselines, strict=True):
        candidate.device = baseline.device = "cuda"
        baseline.hand_over_s = 0.02

    with pytest.raises(Undecided, match="no longer than handing over"):
        course.run(tiers=(2.0,))
