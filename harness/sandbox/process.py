"""One guest: started, asked, frozen, watched and ended; whatever it does wrong becomes a `SubmissionFault` in time."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from harness import wire
from harness.errors import JudgeError, SubmissionFault
from harness.fields import WireError, bounded_text
from harness.outcomes import Failure
from harness.payload import Segment
from harness.plan import Limits
from harness.readings import Cause
from harness.sandbox import launch, procfs
from harness.sandbox.freezer import NotStanding
from harness.sandbox.guest_root import GuestFiles
from harness.sandbox.modes import PLAIN, Modes

_MIB = 1 << 20
_LOOK_EVERY_MS = 50
_LOOK_AFTER_MS = (1, 2, 3, 4, 5)
_SEND_S = 5.0
_LOG_KEPT_BYTES = 1 << 20
_LOG_SHOWN_CHARACTERS = 4000
_FROZEN_CPU_SLACK_NS = 2_000_000
"""Accounting of the last tick may arrive after the freeze is confirmed; work would be much more."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its answer.

    Attributes:
        answer: what the guest said.
        wall_s: from just before the thaw until the freeze was confirmed.
        stop_s: the part of it from the arrival of the answer until the freeze was confirmed.
    """

    answer: wire.Message
    wall_s: float
    stop_s: float


class GuestProcess:
    """A guest that stands still except while it is asked something; it is of use once `await_ready` has returned.

    It must be started by a thread that outlives it: bubblewrap dies with the thread that made it.

    Attributes:
        inputs: segment that the judge writes and the guest reads.
        outputs: segment that the guest writes and the judge reads.
        runner: process id of the process that runs the submission.
    """

    def __init__(
        self, label: str, files: GuestFiles, limits: Limits, *, isolation: str, modes: Modes = PLAIN
    ) -> None:  # fmt: skip
        self.label = label
        self._limits = limits
        self.inputs = Segment.create(f"{label}-inputs", limits.payload_mib * _MIB)
        self.outputs = Segment.create(f"{label}-outputs", limits.payload_mib * _MIB)
        memory = os.memfd_create(f"{label}-log", os.MFD_CLOEXEC)
        self._log = os.open(f"/proc/self/fd/{memory}", os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        os.close(memory)
        here, there = socket.socketpair()
        start = launch.start_isolated if isolation == "bubblewrap" else launch.start_plain
        descriptors = launch.Descriptors(there.fileno(), self.inputs.descriptor, self.outputs.descriptor, self._log)
        with there:
            self._launched = start(label, files, limits, descriptors, modes)
        here.settimeout(_SEND_S)
        self._socket = here
        self._channel = wire.Channel(here)
        self._pidfd = os.pidfd_open(self._launched.process.pid)
        self._alive = True

    @property
    def freezer_kind(self) -> str:
        """How this guest is stopped: `cgroup` or `signals`."""
        return self._launched.freezer.kind

    @property
    def is_alive(self) -> bool:
        """Whether the guest can still be asked."""
        return self._alive

    def __enter__(self) -> GuestProcess:
        """Give the guest itself; leaving the context ends it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the guest."""
        self.close()

    def await_ready(self) -> None:
        """Wait until the guest has imported what it needs, and freeze it; several may be starting at a time.

        Raises:
            JudgeError: it did not start; no code of the submission has run yet, so the fault is the machine's or ours.
        """
        try:
            answer = self._receive(time.monotonic() + launch.START_S, launch.START_S)
            self.runner = launch.runner_pid(self._launched)
            if answer != wire.Ready(wire.VERSION):
                raise JudgeError(f"guest {self.label} does not speak version {wire.VERSION} of the wire")
            self._watch_runner()
            self.freeze()
        except SubmissionFault as error:
            said = self.printed()
            raise JudgeError(f"guest {self.label} did not start: {error}; it printed: {said}") from error

    def _watch_runner(self) -> None:
        """From now on, watch the process that runs the submission instead of the one that was started."""
        os.close(self._pidfd)
        self._pidfd = os.pidfd_open(self.runner)

    def ask(self, question: wire.Message, deadline_s: float, look: Callable[[], None] | None = None) -> Exchange:
        """Thaw the guest, ask it, and freeze it again as soon as it has answered; the clock is the judge's.

        With `look`, the guest is also frozen at random moments meanwhile and `look` is called while it stands: nothing
        inside can tell such a call from another, and its time is never used.

        Raises:
            SubmissionFault: it spoke before it was asked, worked while it stood, died, took longer than `deadline_s`,
                took too much memory, or answered what is not an answer to this question.
        """
        self._check_untouched()
        start = time.perf_counter()
        self.thaw()
        self._send(question)
        answer = self._receive(time.monotonic() + deadline_s, deadline_s, look)
        answered = time.perf_counter()
        self.freeze()
        stopped = time.perf_counter()
        self._bound_log()
        if getattr(answer, "nonce", None) != getattr(question, "nonce", 0):
            raise self._end(Cause.PROTOCOL, "the process answered something that it was not asked")
        return Exchange(answer, stopped - start, stopped - answered)

    def members(self) -> set[int]:
        """Give the process ids of every process of the guest."""
        return self._launched.freezer.members()

    def thaw(self) -> None:
        """Let the guest go on."""
        self._launched.freezer.thaw()

    def freeze(self) -> None:
        """Stop the guest, and note the CPU time at which it stands.

        Raises:
            SubmissionFault: it can't be stopped; a control guest can, so this is the submission's own doing.
        """
        try:
            self._launched.freezer.freeze()
        except NotStanding as error:
            raise self._end(Cause.INTEGRITY, f"the process resists being stopped: {error}") from error
        self._cpu_ns = self._launched.freezer.cpu_ns()

    def printed(self) -> str | None:
        """Give what the guest has printed, bounded and escaped; None when it printed nothing."""
        size = os.fstat(self._log).st_size
        text = os.pread(self._log, 4 * _LOG_SHOWN_CHARACTERS, 0).decode(errors="replace")
        return bounded_text(text, _LOG_SHOWN_CHARACTERS) if size else None

    def fault(self, cause: Cause, message: str, trace: str | None = None) -> SubmissionFault:
        """Give the fault to raise for something that this guest did wrong."""
        return SubmissionFault(Failure(cause, message, output=self.printed(), trace=trace))

    def close(self) -> None:
        """End every process of the guest and give its memory back; may be called twice."""
        if self._pidfd < 0:
            return
        self._kill()
        os.close(self._pidfd)
        self._pidfd = -1
        os.close(self._log)
        self._socket.close()
        self.inputs.close()
        self.outputs.close()

    def _check_untouched(self) -> None:
        if not self._alive:
            raise JudgeError(f"guest {self.label} was asked after its end")
        if not self._channel.is_quiet or select.select([self._socket], [], [], 0)[0]:
            if self._channel.is_quiet and not self._socket.recv(1, socket.MSG_PEEK):
                raise self._gone()
            raise self._end(Cause.PROTOCOL, "the process spoke before it was asked")
        grown_ns = self._launched.freezer.cpu_ns() - self._cpu_ns
        if grown_ns > _FROZEN_CPU_SLACK_NS:
            raise self._end(Cause.INTEGRITY, f"{grown_ns / 1e6:.1f} ms of work were done while the process was stopped")

    def _send(self, question: wire.Message) -> None:
        try:
            self._channel.send(question)
        except OSError as error:
            raise (
                self._gone()
                if isinstance(error, BrokenPipeError | ConnectionResetError)
                else self._end(Cause.PROTOCOL, "the process does not take what it is asked")
            ) from error

    def _receive(self, deadline: float, allowed_s: float, look: Callable[[], None] | None = None) -> wire.Message:
        """Wait for one whole message; one deadline for all of it, and an eye on death and memory."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.register(self._pidfd, select.POLLIN)
        while True:
            pause_ms = _LOOK_EVERY_MS if look is None else secrets.choice(_LOOK_AFTER_MS)
            ready = {descriptor for descriptor, _ in poll.poll(pause_ms)}
            try:
                if self._socket.fileno() in ready and not self._channel.feed():
                    raise self._gone()
                if (message := self._channel.buffered()) is not None:
                    return message
            except WireError as error:
                raise self._end(Cause.PROTOCOL, f"the process broke the protocol: {error}") from error
            except ConnectionResetError as error:
                raise self._gone() from error
            if self._pidfd in ready and self._socket.fileno() not in ready:
                raise self._gone()
            if time.monotonic() > deadline:
                raise self._end(Cause.TIMEOUT, f"no answer within {allowed_s:.0f} s")
            self._check_memory()
            if look is not None:
                self.freeze()
                look()
                self.thaw()

    def _check_memory(self) -> None:
        """End a guest that uses too much; forked children share most pages, so a quick sum is only a first alarm."""
        members, limit_bytes = self.members(), self._limits.memory_mib * _MIB
        files_bytes = self.anonymous_files_bytes(members)
        if sum(map(procfs.memory_bytes, members)) + files_bytes <= limit_bytes:
            return
        used_mib = (sum(map(procfs.fair_memory_bytes, members)) + files_bytes) // _MIB
        if used_mib > self._limits.memory_mib:
            raise self._end(
                Cause.OUT_OF_MEMORY,
                f"{used_mib} MiB in use; the limit of this challenge is {self._limits.memory_mib} MiB",
            )

    def anonymous_files_bytes(self, members: set[int]) -> int:
        """Give the memory of files that belong to no folder and no heap, but for the judge's own segments."""
        files = {inode: size for pid in members for inode, size in procfs.anonymous_files(pid).items()}
        own = {os.fstat(one).st_ino for one in (self.inputs.descriptor, self.outputs.descriptor, self._log)}
        return sum(size for inode, size in files.items() if inode not in own)

    def _gone(self) -> SubmissionFault:
        """Give the fault of a guest that has ended (or hung up) by itself."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._launched.process.wait(timeout=1.0)
        return self._end(Cause.CRASHED, _how_it_ended(self._launched.process.returncode))

    def _end(self, cause: Cause, message: str) -> SubmissionFault:
        """Kill the guest and give the fault to raise."""
        fault = self.fault(cause, message)
        self._kill()
        return fault

    def _kill(self) -> None:
        if self._alive:
            self._alive = False
            self._launched.freezer.kill()
            self._launched.process.kill()
            self._launched.process.wait()

    def _bound_log(self) -> None:
        if os.fstat(self._log).st_size > _LOG_KEPT_BYTES:
            kept = os.pread(self._log, _LOG_KEPT_BYTES // 2, 0)
            os.ftruncate(self._log, 0)
            os.write(self._log, kept)


def fresh_nonce() -> int:
    """Give a number that no answer can guess before its question was asked."""
    return secrets.randbits(61)


def _how_it_ended(status: int | None) -> str:
    """Say in words how a process ended; bubblewrap reports a signal as 128 plus its number."""
    if status is None:
        return "the process closed its connection to the judge"
    number = -status if status < 0 else status - 128
    if 0 < number < signal.NSIG:
        with contextlib.suppress(ValueError):
            return f"the process was ended by {signal.Signals(number).name} before it answered"
    return f"the process ended itself with exit status {status} before it answered"
