"""Tests of program counters as pages of code: mapped files, generated code, idle threads, and a real process."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.sandbox import procfs
from harness.sandbox.whereabouts import ANONYMOUS, Page, Whereabouts, running_counters
from tests.fakes import FakeProc
from tests.harness.conftest import until

MAPS = """\
00400000-00452000 r--p 00000000 08:02 11 /usr/lib/libwork.so
00452000-00480000 r-xp 00052000 08:02 11 /usr/lib/libwork.so
00480000-00490000 rw-p 00080000 08:02 11 /usr/lib/libwork.so
00490000-00492000 r-xp 00000000 08:02 12 /usr/lib/libgomp.so.1
00500000-00501000 r-xp 00000000 00:00 0
00700000-00701000 r-xp 00000000 00:00 0                                  [vdso]
"""


@pytest.fixture
def proc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeProc:
    return FakeProc(tmp_path).install(monkeypatch)


def pages_of(*pids: int) -> list[Page]:
    seen = Whereabouts()
    seen.looker(lambda: set(pids))()
    return list(seen.hits)


@pytest.mark.parametrize(
    ("counter", "page"),
    [
        (0x452000, ("libwork.so", 0x52)),
        (0x453FFF, ("libwork.so", 0x53)),
        (0x47FFFF, ("libwork.so", 0x7F)),
    ],
)
def test_a_counter_in_a_mapped_file_is_a_page_of_that_file(proc: FakeProc, counter: int, page: Page) -> None:
    assert [page] == pages_of(proc.process(7, MAPS, counter))


def test_the_same_code_is_the_same_page_wherever_a_process_has_mapped_it(proc: FakeProc) -> None:
    elsewhere = "7f0000000000-7f000002e000 r-xp 00052000 08:02 11 /usr/lib/libwork.so\n"
    pids = proc.process(7, MAPS, 0x453010), proc.process(8, elsewhere, 0x7F0000001020)

    assert [("libwork.so", 0x53)] == pages_of(*pids)


@pytest.mark.parametrize("counter", [0x480000, 0x500040, 0x700000, 0x800000], ids=["data", "anonymous", "vdso", "none"])
def test_code_that_no_file_holds_is_told_by_its_own_bytes(proc: FakeProc, counter: int) -> None:
    [(name, fingerprint)] = pages_of(proc.process(7, MAPS, counter, b"\x90" * 64))

    assert ANONYMOUS == name
    assert fingerprint != 0


def test_the_same_generated_code_is_the_same_page_at_any_address(proc: FakeProc) -> None:
    code, other = bytes(range(64)), bytes(reversed(range(64)))
    proc.process(7, MAPS, 0x500040, code)
    proc.process(8, MAPS, 0x500080, code)
    proc.process(9, MAPS, 0x500040, other)

    assert 1 == len(pages_of(7, 8))
    assert 2 == len(pages_of(7, 8, 9))


def test_a_library_that_is_loaded_meanwhile_is_found(proc: FakeProc) -> None:
    seen = Whereabouts()
    look = seen.looker(lambda: {7})
    proc.process(7, MAPS, 0x453000)
    look()
    proc.process(7, MAPS + "00900000-00901000 r-xp 00000000 08:02 14 /usr/lib/late.so\n", 0x900000)
    look()

    assert {("libwork.so", 0x53): 1, ("late.so", 0): 1} == seen.hits


def test_a_thread_that_merely_waits_does_not_count(proc: FakeProc) -> None:
    assert [] == pages_of(proc.process(7, MAPS, 0x490010))


@pytest.mark.parametrize("path", ["/cache/libgomp.so.1", "/tmp/libc.so.6"])
def test_code_does_not_merely_wait_because_its_file_is_named_so(proc: FakeProc, path: str) -> None:
    maps = f"00490000-00492000 r-xp 00000000 08:02 12 {path}\n"

    assert 1 == len(pages_of(proc.process(7, maps, 0x490010, b"\x90" * 64)))


def test_memory_that_cannot_be_read_is_no_routines_home(proc: FakeProc) -> None:
    seen = Whereabouts()
    look = seen.looker(lambda: {proc.process(7, MAPS, 0x500000)})
    for _ in range(5):
        look()

    assert 5 == seen.count
    assert frozenset() == seen.pages()


def test_a_process_that_is_gone_is_nowhere(proc: FakeProc) -> None:
    assert [] == pages_of(7)


def test_a_home_is_a_page_that_was_met_three_times() -> None:
    seen = Whereabouts(Counter({("a.so", 1): 2, ("a.so", 2): 3, (ANONYMOUS, 77): 4}))

    assert {("a.so", 2), (ANONYMOUS, 77)} == seen.pages()


def test_a_share_counts_the_pages_asked_for_and_every_library_of_products() -> None:
    seen = Whereabouts(Counter({("a.so", 1): 4, ("a.so", 2): 3, ("libmkl_core.so.2", 9): 2, ("libopenblas.so", 5): 1}))

    assert 0.3 == seen.share(Whereabouts())
    assert 0.7 == seen.share(Whereabouts(Counter({("a.so", 1): 3})))
    assert 0.3 == seen.share(Whereabouts(Counter({("a.so", 1): 2, ("a.so", 3): 9})))


def test_a_share_of_nothing_is_nothing() -> None:
    assert 0.0 == Whereabouts().share(Whereabouts(Counter({("a.so", 1): 3})))


def test_files_are_listed_with_the_most_met_first() -> None:
    seen = Whereabouts(Counter({("a.so", 1): 2, ("b.so", 2): 3, ("a.so", 2): 2}))

    assert [("a.so", 4), ("b.so", 3)] == list(seen.by_file().items())


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    """A child that does what it is told: one line of Python after a sign of life."""
    process = subprocess.Popen(
        [sys.executable, "-SIc", "print('alive', flush=True); exec(input())"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def stop(pid: int) -> list[int]:
    procfs.signal_quietly(pid, signal.SIGSTOP)
    until(lambda: procfs.stands(pid))
    return running_counters(pid)


def test_a_process_that_was_stopped_while_it_ran_shows_where(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("while True: pass\n")
    child.stdin.flush()
    used_ns = procfs.cpu_ns(child.pid)
    until(lambda: procfs.cpu_ns(child.pid) > used_ns + 20_000_000)
    counters = stop(child.pid)
    seen = Whereabouts()
    seen.looker(lambda: {child.pid})()

    assert 1 == len(counters)
    assert ["python"] == [name.removeprefix("lib")[:6] for name in seen.by_file()]


def test_a_process_that_was_stopped_in_a_system_call_is_nowhere(child: subprocess.Popen[str]) -> None:
    until(lambda: procfs.state(child.pid) == "S")

    assert [] == stop(child.pid)
