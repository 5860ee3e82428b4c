"""Meters what Dynamo makes of a submission: where graphs break, what is compiled again and why, what stays eager.

A break is taken where Dynamo itself notes it, with the stack of the user's code: `explain` sees those alone behind
which a graph was made, and `counters` count attempts. Compilations are Dynamo's own metrics of each. Works on torch
2.11 and 2.13.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch._dynamo
from torch._dynamo import config, convert_frame, eval_frame, symbolic_convert, utils

from harness.graph_parts import MOST_BREAKS, MOST_COMPILES, MOST_NAMES, GraphBreak, GraphCompile, Uncompiled
from harness.inside import faults
from harness.inside.graph_coverage import Coverage
from harness.inside.graph_seal import Seal
from harness.readings import Cause
from harness.wire import Failed

_PINNED = {"suppress_errors": False, "fail_on_recompile_limit_hit": True, "disable": False}
"""With these every failure of the compiler is heard. A submission that sets them otherwise is told so."""

_RECOMPILE_LIMIT, _ALL_FRAMES_LIMIT = 64, 512
"""Compilations before Dynamo gives up: more than a challenge allows, so that they are counted and not cut short."""

_RESUMED = re.compile(r"^torch_dynamo_resume_in_|_at_\d+$")
"""Behind a break Dynamo goes on in a function of its own that is named after the one that broke."""

_GB_ID = re.compile(r"gb/(gb\d+)", re.IGNORECASE)
_HINT = re.compile(r"^\s*Hint: (.*?)(?=^\s*(?:Hint: |Developer debug context:)|\Z)", re.MULTILINE | re.DOTALL)
_EXPLANATION = re.compile(
    r"^\s*Explanation: (.*?)(?=^\s*(?:Hint: |Developer debug context:)|\Z)", re.MULTILINE | re.DOTALL
)


class GraphMeter:
    """Hooks in Dynamo; made before the submission is imported, once in a process.

    Attributes:
        coverage: the backend and the dispatch mode of this process.
    """

    def __init__(self, submission: str, driver: str | None) -> None:
        self._folders = tuple(f"{folder.rstrip('/')}/" for folder in (submission, driver) if folder)
        self.coverage = Coverage(f"{driver.rstrip('/')}/driver.py" if driver else None)
        self._breaks: dict[tuple[str, int, str], GraphBreak] = {}
        self._metrics = _Metrics()
        self._hidden: set[str] = set()
        self._limit: str | None = None
        self._hook()
        self._seal = Seal()

    def count(self, function: Callable[..., Any], arguments: list[Any]) -> Any:
        """Call once, counting; give what it returned.

        Raises:
            BaseException: whatever the submission, or the compiler, raises.
        """
        torch._dynamo.reset()
        self._breaks.clear()
        self._metrics.forget()
        self._hidden.clear()
        self.coverage.clear()
        self._limit = None
        with self._pinned(), self.coverage:
            return function(*arguments)

    def described(self, nonce: int, error: BaseException, *, while_loading: bool) -> Failed:
        """Give the message about what the last call raised; what led to it comes first."""
        if broken := self._broken():
            return Failed(nonce, Cause.INTEGRITY, f"what counts graphs was changed: {', '.join(broken)}", "", -1)
        if self._hidden:
            names = ", ".join(sorted(self._hidden))
            message = f"torch._dynamo.config was changed ({names}): what the compiler can't do would stay unseen"
            return Failed(nonce, Cause.FORBIDDEN, message, faults.trace(error), -1)
        if self._limit is not None:
            guards = "; ".join(dict.fromkeys(self._compile(one).guard for one in self._metrics.of_frames()[-3:]))
            message = (
                f"the limit of recompilations was hit: from there on Dynamo runs the frame eagerly. Guards: {guards}"
            )
            return Failed(nonce, Cause.COMPILE, message[:1800], faults.trace(error), -1)
        return faults.describe(nonce, error, while_loading=while_loading)

    def parts(self) -> dict[str, Any]:
        """Give what was counted in the last call, as fields of `GraphsCounted`."""
        outside = [Uncompiled(part, name, times) for (part, name), times in self.coverage.outside.most_common()]
        return {
            "breaks": tuple(self._breaks.values())[:MOST_BREAKS],
            "compiles": tuple(self._compile(one) for one in self._metrics.of_frames()[:MOST_COMPILES]),
            "graphs": self.coverage.graphs,
            "compiled_operators": self.coverage.inside,
            "uncompiled": tuple(outside[:MOST_NAMES]),
            "graph_operators": tuple(sorted(self.coverage.graph_operators)[:MOST_NAMES]),
            "opaque": tuple(sorted(self.coverage.opaque)[:MOST_NAMES]),
            "broken": self._broken(),
            "hidden": tuple(sorted(self._hidden)),
            "limit": self._limit,
        }

    def _hook(self) -> None:
        """Put our own ears where Dynamo notes breaks, makes metrics, gives up, and looks for a backend."""
        settings: Any = config
        settings.recompile_limit, settings.accumulated_recompile_limit = _RECOMPILE_LIMIT, _ALL_FRAMES_LIMIT
        for name, value in _PINNED.items():
            setattr(settings, name, value)
        translator: Any = symbolic_convert.InstructionTranslatorBase
        translator.log_graph_break = self._hearing(translator.log_graph_break)
        utils._compilation_metrics = self._metrics
        dynamo: Any = eval_frame
        backend = self.coverage.backend
        dynamo.get_compiler_fn = lambda compiler_fn: None if compiler_fn is None else backend
        frames: Any = convert_frame
        frames.FailOnRecompileLimitHit = self._noted_limit(frames.FailOnRecompileLimitHit)

    def _hearing(self, log: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(log)
        def log_graph_break(translator: Any, code_options: Any, reason: str, exc: Any, *rest: Any, **more: Any) -> None:
            if not exc.logged:
                self._note_break(translator, reason, exc)
            log(translator, code_options, reason, exc, *rest, **more)

        return log_graph_break

    def _note_break(self, translator: Any, reason: str, error: Any) -> None:
        stack = getattr(error, "real_stack", None) or torch._guards.TracingContext.extract_stack()
        code = translator.f_code
        file, line, frame = code.co_filename, translator.lineno, code.co_name
        if stack:
            file, line, frame = stack[-1].filename, stack[-1].lineno or 0, stack[-1].name
        text = str(getattr(error, "msg", "") or reason)
        kind = text.partition("\n")[0].strip() or type(error).__name__
        frame = _RESUMED.sub("", frame)
        key = (file, line, kind)
        if key in self._breaks:
            known = self._breaks[key]
            self._breaks[key] = dataclasses.replace(known, times=known.times + 1)
            return
        found = _GB_ID.search(text)
        hints = [" ".join(hint.split()) for hint in _HINT.findall(text)]
        explained = _EXPLANATION.search(text)
        self._breaks[key] = GraphBreak(
            self._relative(file), line, frame, found[1].upper() if found else "", kind,
            " ".join(explained[1].split()) if explained else "", " ".join(hints), 1,
        )  # fmt: skip

    def _noted_limit(self, kind: type[Exception]) -> type[Exception]:
        meter = self

        class NotedLimit(kind):  # type: ignore[misc, valid-type]
            def __init__(self, *arguments: Any) -> None:
                super().__init__(*arguments)
                meter._limit = " ".join(map(str, arguments))

        NotedLimit.__name__ = kind.__name__
        return NotedLimit

    @contextlib.contextmanager
    def _pinned(self) -> Iterator[None]:
        """Hold the settings by which failures are heard, and note which of them the submission has changed."""
        self._note_hidden()
        try:
            yield
        finally:
            self._note_hidden()

    def _note_hidden(self) -> None:
        settings: Any = config
        for name, value in _PINNED.items():
            if getattr(settings, name) != value:
                self._hidden.add(name)
                setattr(settings, name, value)

    def _broken(self) -> tuple[str, ...]:
        """Name what the seal, or the record of compilations, finds changed."""
        emptied = ("the record of compilations was emptied",)
        whole = utils._compilation_metrics is self._metrics and self._metrics.is_whole
        return self._seal.broken() + (() if whole else emptied)

    def _compile(self, metrics: Any) -> GraphCompile:
        return GraphCompile(
            str(metrics.compile_id), _RESUMED.sub("", str(metrics.co_name)), self._relative(str(metrics.co_filename)),
            int(metrics.co_firstlineno or 0), " ".join(str(metrics.recompile_reason or "").split())[:400],
            int(metrics.graph_op_count or 0),
        )  # fmt: skip

    def _relative(self, file: str) -> str:
        for folder in self._folders:
            if file.startswith(folder):
                return file.removeprefix(folder)
        return file.rpartition("site-packages/")[2]


class _Metrics(collections.deque[Any]):
    """Dynamo's record of compilations, without its bound, that knows what was ever added."""

    def __init__(self) -> None:
        super().__init__()
        self._added: list[Any] = []
        self._first = 0
        self._was_cleared = False

    def clear(self) -> None:
        """Empty the record, which nothing in torch does by itself."""
        self._was_cleared = True
        super().clear()

    def append(self, metrics: Any) -> None:
        """Add one compilation, of a frame or of its backward."""
        self._added.append(metrics)
        super().append(metrics)

    def forget(self) -> None:
        """Start a new count."""
        self._first = len(self._added)

    @property
    def is_whole(self) -> bool:
        """Whether everything that was added is still there."""
        return not self._was_cleared and len(self) == len(self._added)

    def of_frames(self) -> list[Any]:
        """Give the compilations of frames since the last `forget`, each once."""
        found = {(one.compile_id, one.start_time_us): one for one in self._added[self._first :] if _is_of_a_frame(one)}
        return list(found.values())


def _is_of_a_frame(metrics: Any) -> bool:
    return metrics.is_forward is not False and not metrics.is_runtime and metrics.co_name is not None
