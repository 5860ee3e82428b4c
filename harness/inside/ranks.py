"""The ranks of one torch.distributed group in one guest: forked from its runner, asked together, watched meanwhile.

The runner itself never holds the submission then. The judge's `call` has one request for each rank, in their order, and
gets one `done` with one entry for each, or one `failed` that names a rank:

    a rank has ended     it is named with its signal or exit status, whatever the others then raised
    a rank has raised    the first one that did, with its own traceback
    a rank hangs         those that don't just wait for others in torch.distributed, with each one's stack

Ranks find each other through a file in a folder of their own and talk over the sandbox's own loopback (gloo): no port
is fixed, and no world sees another. After a failure its ranks are ended: a group that lost one is of no use.
"""

from __future__ import annotations

import contextlib
import dataclasses
import faulthandler
import os
import select
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import distributed

from harness import wire
from harness.fields import WireError
from harness.inside.loading import DRIVER_FILE, DRIVER_NAME, import_file
from harness.readings import Cause

_PATIENCE_SHARE = 0.9
"""A rank that is late is named before the judge would only know that somebody is."""

_GRACE_S = 0.5
"""After a first failure: time in which a death that caused it shows."""

_TRACE_S = 0.3
_TRACE_CHARACTERS = 3000
_WAITING = ("/torch/distributed/", "/torch/autograd/")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that the judge waits for an import and for a call."""

    load_s: float
    call_s: float


@dataclass(frozen=True, slots=True)
class _Rank:
    number: int
    pid: int
    connection: socket.socket
    channel: wire.Channel
    stack: Path


class Ranks:
    """All ranks, as one that answers what a guest is asked."""

    def __init__(self, count: int, answer: Callable[[wire.Message], wire.Message], patience: Patience) -> None:
        self._count = count
        self._answer = answer
        self._patience = patience
        self._ranks: list[_Rank] = []

    def start(self, driver: str | None, hang_up: Callable[[], None]) -> None:
        """Fork every rank, and return once they form a group; before any code of the submission is there.

        What the challenge's driver imports is imported once, before the fork. `hang_up` closes the judge's socket,
        which is no rank's business.
        """
        if driver is not None:
            sys.path.append(driver)
            import_file(DRIVER_NAME, driver, DRIVER_FILE)
        folder = Path(tempfile.mkdtemp(prefix="world-"))
        cores = os.sched_getaffinity(0)
        for number in range(self._count):
            here, there = socket.socketpair()
            stack = folder / f"stack-{number}"
            pid = os.fork()
            if pid == 0:
                self._be_rank(number, there, folder, hang_up)
            there.close()
            self._ranks.append(_Rank(number, pid, here, wire.Channel(here), stack))
        self._await_group(len(cores))

    def answer(self, question: wire.Message) -> wire.Message:
        """Ask all ranks at a time, and give their answers as one."""
        if isinstance(question, wire.Load):
            answers = self._ask([question] * self._count, question.nonce, self._patience.load_s)
            return answers if isinstance(answers, wire.Failed) else wire.Loaded(question.nonce)
        if not isinstance(question, wire.Call) or len(question.calls) != self._count:
            raise WireError(f"{self._count} ranks are never asked such a {type(question).__name__}")
        parts = [dataclasses.replace(question, calls=(request,)) for request in question.calls]
        answers = self._ask(parts, question.nonce, self._patience.call_s)
        if isinstance(answers, wire.Failed):
            return answers
        return wire.Done(question.nonce, tuple(one.outputs[0] for one in answers if isinstance(one, wire.Done)), ())

    def _be_rank(self, number: int, connection: socket.socket, folder: Path, hang_up: Callable[[], None]) -> None:
        """Join the group and answer until the runner hangs up; never returns."""
        try:
            hang_up()
            for rank in self._ranks:
                rank.connection.close()
            with (folder / f"stack-{number}").open("w") as stack:
                faulthandler.register(signal.SIGUSR1, file=stack, all_threads=False)
                self._join(number, folder / "rendezvous")
                channel = wire.Channel(connection)
                channel.send(wire.Ready(wire.VERSION))
                while (question := channel.receive()) is not None:
                    channel.send(self._answer(question))
        except BaseException:  # noqa: BLE001 - a forked rank must never go on as if it were the runner
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)

    def _join(self, number: int, rendezvous: Path) -> None:
        os.environ |= {
            "RANK": str(number), "LOCAL_RANK": str(number), "WORLD_SIZE": str(self._count),
            "LOCAL_WORLD_SIZE": str(self._count), "GLOO_SOCKET_IFNAME": "lo",
        }  # fmt: skip
        torch.set_num_threads(max(1, torch.get_num_threads() // self._count))
        distributed.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=number, world_size=self._count)

    def _await_group(self, cores: int) -> None:
        for rank in self._ranks:
            if rank.channel.receive() != wire.Ready(wire.VERSION):
                raise RuntimeError(f"rank {rank.number} did not join its group of {self._count} on {cores} cores")

    def _ask(self, questions: Sequence[wire.Message], nonce: int, allowed_s: float) -> list[wire.Message] | wire.Failed:
        """Ask each rank its own question; give every answer, or the one failure that explains the others."""
        within_s = _PATIENCE_SHARE * allowed_s
        for rank, question in zip(self._ranks, questions, strict=True):
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has ended: seen below
                rank.channel.send(question)
        answers, failures, deaths = self._gather(questions, nonce, within_s)
        if len(answers) == self._count and not failures:
            return [answers[rank.number] for rank in self._ranks]
        told = (deaths or failures or [self._late(nonce, answers, within_s)])[0]
        for rank in self._ranks:
            with contextlib.suppress(ProcessLookupError):  # the one that has ended
                os.kill(rank.pid, signal.SIGKILL)
        return told

    def _gather(
        self, questions: Sequence[wire.Message], nonce: int, within_s: float
    ) -> tuple[dict[int, wire.Message], list[wire.Failed], list[wire.Failed]]:  # fmt: skip
        """Take in what comes until all have answered or the time is up: answers, what was raised, who has ended."""
        answers: dict[int, wire.Message] = {}
        failures: list[wire.Failed] = []
        deaths: list[wire.Failed] = []
        deadline = time.monotonic() + within_s
        waiting = {rank.connection: rank for rank in self._ranks}
        while waiting and not deaths and (left_s := deadline - time.monotonic()) > 0:
            for connection in select.select(list(waiting), [], [], left_s)[0]:
                rank = waiting[connection]
                answer = _next_answer(rank, questions[rank.number], nonce)
                if answer is None:
                    continue
                del waiting[connection]
                answers[rank.number] = answer
                if isinstance(answer, wire.Failed):
                    (deaths if answer.cause == Cause.CRASHED else failures).append(answer)
                    deadline = min(deadline, time.monotonic() + _GRACE_S)
        return answers, failures, deaths

    def _late(self, nonce: int, answers: dict[int, wire.Message], within_s: float) -> wire.Failed:
        """Name the ranks that hang, and say where each one stands."""
        late = [rank for rank in self._ranks if rank.number not in answers]
        for rank in late:
            with contextlib.suppress(ProcessLookupError):
                os.kill(rank.pid, signal.SIGUSR1)
        time.sleep(_TRACE_S)
        stacks = {rank.number: rank.stack.read_text(errors="replace")[:_TRACE_CHARACTERS] for rank in late}
        busy = [number for number, stack in stacks.items() if not _waits(stack)]
        named = f"rank{'s'[: len(busy or stacks) - 1]} {' and '.join(map(str, busy or stacks))}"
        others = "" if busy else ": all of them wait for each other"
        text = "\n".join(f"rank {number}: {stack}" for number, stack in stacks.items())
        message = f"{named} gave no answer within {within_s:.0f} s{others}"
        return wire.Failed(
            nonce, str(Cause.TIMEOUT), message, text[-2 * _TRACE_CHARACTERS :], (busy or list(stacks))[0]
        )


def _next_answer(rank: _Rank, question: wire.Message, nonce: int) -> wire.Message | None:
    """Give the answer of a rank, with the rank's name on what it raised; None while it is not whole."""
    try:
        if not rank.channel.feed():
            raise ConnectionResetError
        answer = rank.channel.buffered()
    except ConnectionResetError:
        return wire.Failed(nonce, str(Cause.CRASHED), f"rank {rank.number} {_end_of(rank)}", "", rank.number)
    except WireError as error:
        return _broken(rank, nonce, str(error))
    if isinstance(answer, wire.Failed):
        message = f"rank {rank.number}: {answer.message}"
        return dataclasses.replace(answer, nonce=nonce, message=message, call=rank.number)
    if answer is not None and not _answers(answer, question, nonce):
        return _broken(rank, nonce, "it answered something that it was not asked")
    return answer


def _answers(answer: wire.Message, question: wire.Message, nonce: int) -> bool:
    """Whether this is what a rank that did as asked would say: it loaded, or it has the outputs of its one call."""
    if isinstance(question, wire.Load):
        return answer == wire.Loaded(nonce)
    return isinstance(answer, wire.Done) and answer.nonce == nonce and len(answer.outputs) == 1


def _broken(rank: _Rank, nonce: int, text: str) -> wire.Failed:
    return wire.Failed(nonce, str(Cause.PROTOCOL), f"rank {rank.number} broke the protocol: {text}", "", rank.number)


def _end_of(rank: _Rank) -> str:
    """Say in words how a rank ended that has hung up; one that closed its socket and goes on is ended here."""
    deadline = time.monotonic() + _GRACE_S
    while time.monotonic() < deadline:
        pid, status = os.waitpid(rank.pid, os.WNOHANG)
        if pid and os.WIFSIGNALED(status):
            return f"was ended by {signal.Signals(os.WTERMSIG(status)).name} before it answered"
        if pid:
            return f"ended itself with exit status {os.WEXITSTATUS(status)} before it answered"
        time.sleep(0.01)
    return "closed its connection before it answered"


def _waits(stack: str) -> bool:
    """Whether the innermost frame of a stack is one of those in which ranks wait for each other."""
    frames = [line for line in stack.splitlines() if line.lstrip().startswith("File ")]
    return bool(frames) and any(part in frames[0] for part in _WAITING)
