"""Tests of the witness of forbidden routines, on scripted races whose guests stand at scripted counters."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import Undecided
from harness.readings import Cause
from harness.sandbox.witness import LEAST_SAMPLES, LONGEST_WATCH_S
from tests.fakes import LOOKS_A_FRAME, Course, FakeProc

CANDIDATE, BASELINE = 7, 8
MAPS = """\
00400000-00500000 r-xp 00000000 08:02 11 /usr/lib/libtorch_cpu.so
00600000-00700000 r-xp 00000000 08:02 12 /cache/mine.so
00800000-00900000 r-xp 00000000 08:02 13 /usr/lib/libopenblas.so.0
"""
PRODUCT, OWN_CODE, OTHER_LIBRARY = 0x404000, 0x604000, 0x804000
FORBIDDEN = ("matmul",)


@pytest.fixture
def proc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeProc:
    return FakeProc(tmp_path).install(monkeypatch)


def place(course: Course, proc: FakeProc, *counters: int) -> None:
    """Let the baseline stand in the library's product, and the candidates at these counters."""
    pids = {proc.process(CANDIDATE + 10 * number, MAPS, counter) for number, counter in enumerate(counters)}
    for session in course.candidates:
        session.guest.pids = pids
    for session in course.baselines:
        session.guest.pids = {proc.process(BASELINE, MAPS, PRODUCT)}


def test_a_candidate_whose_time_passes_in_its_own_code_is_raced(course: Course, proc: FakeProc) -> None:
    place(course, proc, OWN_CODE)
    result = course.run(forbidden=FORBIDDEN)
    reading = result.readings[-1]

    assert ("library_share", 0.0) == (reading.name, reading.value)
    assert str(reading.note).startswith(f"{LEAST_SAMPLES} samples: ")


@pytest.mark.parametrize("counter", [PRODUCT, OTHER_LIBRARY], ids=["calibrated", "by name"])
def test_a_candidate_whose_time_passes_in_a_library_is_refused(course: Course, proc: FakeProc, counter: int) -> None:
    place(course, proc, counter)
    failure = course.fault(forbidden=FORBIDDEN)

    assert Cause.FORBIDDEN == failure.cause
    assert ("at most 20%", "100%") == (failure.expected, failure.actual)


def test_a_copy_of_the_library_under_another_name_is_still_the_library(course: Course, proc: FakeProc) -> None:
    place(course, proc, OWN_CODE)
    for pid, counter in ((CANDIDATE, OWN_CODE), (BASELINE, PRODUCT)):
        proc.process(pid, MAPS, counter, bytes(range(256)))

    assert Cause.FORBIDDEN == course.fault(forbidden=FORBIDDEN).cause


@pytest.mark.parametrize(("own", "is_refused"), [(3, True), (4, False)])
def test_a_fifth_of_its_time_is_borne_and_no_more(course: Course, proc: FakeProc, own: int, is_refused: bool) -> None:
    place(course, proc, PRODUCT, *[OWN_CODE] * own)

    if is_refused:
        assert "25%" == course.fault(forbidden=FORBIDDEN).actual
    else:
        assert 0.2 == course.run(forbidden=FORBIDDEN).readings[-1].value


def test_the_library_may_be_used_where_it_is_not_forbidden(course: Course, proc: FakeProc) -> None:
    place(course, proc, PRODUCT)
    result = course.run()

    assert "library_share" not in {reading.name for reading in result.readings}
    assert not any(frame.watched for frame in course.journal)


def watched_rounds(course: Course) -> tuple[list[int], set[bool]]:
    """The rounds that were watched, and whether any was watched before (True) or behind (False) its timed frames."""
    rounds, befores = [], set()
    for timed, frame in course.watched():
        before = timed // 3 % 3 == int(frame.guest[-1])
        befores.add(before)
        rounds.append(timed // 3 - (not before))
        assert 0 == timed % 3, "a watched frame stands between the timed ones"
    return rounds, befores


def test_four_rounds_that_chance_chooses_are_watched_but_never_the_first(course: Course, proc: FakeProc) -> None:
    place(course, proc, *[OWN_CODE] * 4)
    chosen, befores = [], set()
    for seed in range(6):
        course.journal.clear()
        course.run(seed=seed, forbidden=FORBIDDEN)
        rounds, before = watched_rounds(course)
        chosen.append(tuple(rounds))
        befores |= before

    assert {4} == {len(set(rounds)) for rounds in chosen}
    assert set(sum(chosen, ())) <= set(range(1, 16))
    assert 6 == len(set(chosen))
    assert {True, False} == befores


def test_a_watched_frame_is_asked_as_a_timed_one_is(course: Course, proc: FakeProc) -> None:
    place(course, proc, OWN_CODE)
    course.run(forbidden=FORBIDDEN)
    frames = [frame for frame in course.journal if frame.function == "mine"]
    forms = {
        watched: {(len(frame.arguments), frame.deadline_s) for frame in frames[9:] if frame.watched == watched}
        for watched in (True, False)
    }

    assert {(2, 60.0)} == forms[True] == forms[False]


def test_watching_goes_on_until_there_are_samples_enough(course: Course, proc: FakeProc) -> None:
    place(course, proc, OWN_CODE)
    course.run(forbidden=FORBIDDEN)

    assert LEAST_SAMPLES // LOOKS_A_FRAME == len(course.watched())


def test_a_rule_that_nothing_was_seen_of_is_undecided_in_the_end(course: Course, proc: FakeProc) -> None:
    course.script(lambda _: 0.5)
    with pytest.raises(Undecided, match="only 0 samples"):
        course.run(forbidden=FORBIDDEN, tiers=())
    calibrating = [frame for frame in course.journal if frame.watched and frame.function == "matmul"]
    behind = [timed for timed, _ in course.watched() if timed == 3 * 16]

    assert LONGEST_WATCH_S == pytest.approx(0.05 * len(calibrating), abs=0.1)
    assert LONGEST_WATCH_S == pytest.approx(0.5 * len(behind), abs=1.2)


def test_too_few_samples_acquit_nobody(course: Course, proc: FakeProc) -> None:
    place(course, proc, PRODUCT)
    course.script(lambda _: 4.0)
    with pytest.raises(Undecided, match=f"{LEAST_SAMPLES} are needed"):
        course.run(forbidden=FORBIDDEN, tiers=())


def test_a_reference_is_calibrated_on_the_baseline_before_anything_is_raced(course: Course, proc: FakeProc) -> None:
    place(course, proc, OWN_CODE)
    course.run(forbidden=("matmul", "convolution"))
    functions = [(frame.guest, frame.function) for frame in course.journal if frame.watched][: 2 * 12]

    assert [("baseline 2", "matmul")] * 12 + [("baseline 2", "convolution")] * 12 == functions
