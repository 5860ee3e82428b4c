"""Tests of the memory meter with real guests of small sizes: what is counted, how well it repeats, what is refused."""

from __future__ import annotations

import statistics

import pytest
import torch

from harness.errors import SubmissionFault
from harness.plan import Limits
from harness.readings import Cause
from harness.sandbox.memory import ALLOWED_AT_REST_BYTES, MemoryMeter, MemoryUse
from harness.sandbox.modes import Modes
from harness.sandbox.staging import Expected
from tests.harness.sandbox.conftest import Start

MIB = 1 << 20
LIMITS = Limits(call_s=30.0, load_s=60.0, memory_mib=2048, processes=64, payload_mib=64, file_mib=64)
GIVEN_MIB = 4
PLAIN = """
import torch

def f(x):
    rooms = [torch.ones(40 << 18) for _ in range(3)]
    return x * 2 + sum(room[0] for room in rooms) * 0
"""


def meter_of(start: Start, text: str) -> MemoryMeter:
    session = start(text, "", limits=LIMITS, modes=Modes(memory=True))
    meter = MemoryMeter(session)
    session.load("entry.py", ["f"], LIMITS.load_s)
    return meter


def use_of(meter: MemoryMeter) -> MemoryUse:
    promised = [Expected((GIVEN_MIB << 18,), torch.float32)]
    arguments, use = meter.measure("f", lambda: (torch.randn(GIVEN_MIB << 18),), promised, LIMITS.call_s)
    assert torch.equal(2 * arguments[0], use.outputs[0])
    use.refuse_contradiction()
    return use


@pytest.mark.graded
def test_twenty_readings_agree_within_two_mib(isolation: str, start: Start) -> None:
    meter = meter_of(start, PLAIN)
    extra_mib = [use_of(meter).extra_bytes / MIB for _ in range(20)]

    assert max(extra_mib) - min(extra_mib) <= 2.0
    # Three rooms, and x * 2 while its sum is formed.
    assert 3 * 40 + GIVEN_MIB == pytest.approx(statistics.median(extra_mib), abs=4.0)


@pytest.mark.graded
def test_both_witnesses_see_the_same_and_the_series_reaches_the_peak(isolation: str, start: Start) -> None:
    use = use_of(meter_of(start, PLAIN))

    assert use.allocator_bytes / MIB == pytest.approx(use.above_rest_bytes / MIB, abs=4.0)
    assert 0 == use.kept_bytes
    assert 100 * MIB < max(above for _, above in use.series)
    assert sorted(at for at, _ in use.series) == [at for at, _ in use.series]


@pytest.mark.graded
@pytest.mark.parametrize(
    "before",
    ["room = torch.ones(200 << 18)", "import mmap; room = mmap.mmap(-1, 200 << 20); room.write(bytes(200 << 20))"],
    ids=["tensor", "shared mapping"],
)  # fmt: skip
def test_a_workspace_that_was_made_while_loading_counts(isolation: str, start: Start, before: str) -> None:
    assert Cause.INTEGRITY == cause_of(start, f"import torch\n{before}\n\ndef f(x):\n    return x * 2\n")


@pytest.mark.graded
def test_a_small_workspace_that_was_made_while_loading_is_extra_but_for_what_is_allowed(
    isolation: str, start: Start
) -> None:  # fmt: skip
    size_mib = ALLOWED_AT_REST_BYTES // MIB + 20
    text = f"import torch\nroom = torch.ones({size_mib} << 18)\n\ndef f(x):\n    return x * 2\n"

    assert 10 < use_of(meter_of(start, text)).kept_bytes / MIB <= 40


def cause_of(start: Start, text: str) -> Cause:
    with pytest.raises(SubmissionFault) as fault:
        use_of(meter_of(start, text))
    return fault.value.failure.cause


HIDDEN = {
    "resets its mark": """
        room = torch.ones(200 << 18)
        time.sleep(0.05)
        del room
        open("/proc/self/clear_refs", "w").write("5")
        """,
    "works in a child": """
        child = os.fork()
        if child == 0:
            room = bytearray(os.urandom(1)) * (200 << 20)
            time.sleep(0.3)
            os._exit(0)
        os.waitpid(child, 0)
        """,
    "puts it into a file": """
        with open("/dev/shm/room", "wb") as file:
            for _ in range(5):
                file.write(bytes(10 << 20))
                file.flush()
            time.sleep(0.05)
        for number in range(3):
            with open(f"/tmp/room-{number}", "wb") as file:
                file.write(bytes(50 << 20))
        time.sleep(0.05)
        """,
    "maps by itself": """
        room = mmap.mmap(-1, 200 << 20)
        room.write(b"1" * (200 << 20))
        """,
}


@pytest.mark.graded
@pytest.mark.parametrize("way", HIDDEN)
def test_memory_beside_the_allocator_contradicts_its_word(isolation: str, start: Start, way: str) -> None:
    text = f"import mmap, os, time, torch\n\ndef f(x):{HIDDEN[way]}return x * 2\n"

    assert Cause.INTEGRITY == cause_of(start, text)


def test_extra_is_the_peak_above_rest_without_the_results() -> None:
    use = MemoryUse(100, 350, 50, 20, 250, (), ())

    assert (270, 220) == (use.above_rest_bytes, use.extra_bytes)


@pytest.mark.parametrize(("told_mib", "is_refused"), [(150, False), (248, False), (149, True), (270, True)])
def test_witnesses_may_differ_by_48_mib_or_a_quarter(told_mib: int, is_refused: bool) -> None:
    use = MemoryUse(0, 200 * MIB, 0, 0, told_mib * MIB, (), ())

    if is_refused:
        with pytest.raises(SubmissionFault) as fault:
            use.refuse_contradiction()
        assert Cause.INTEGRITY == fault.value.failure.cause
    else:
        use.refuse_contradiction()
