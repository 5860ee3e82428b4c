"""Messages about a submission that torch.compile compiles: what is asked, and what was seen of its graphs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from harness.fields import array, guest_text, integer, optional, record
from harness.parts import MAX_TENSORS, CallRequest, Returned

MOST_BREAKS = 256
MOST_COMPILES = 1024
MOST_NAMES = 512
_LINE = integer(0, 1 << 24)
_COUNT = integer(0, 1 << 40)


@dataclass(frozen=True, slots=True)
class GraphBreak:
    """One place at which Dynamo gave up a graph.

    Dynamo meets a place again in every frame that inlines it; here it stands once, `times` says how often it was met.

    Attributes:
        file: path of the source; relative for files of the submission and of the driver.
        line: number of the line in it.
        frame: name of the function that the line belongs to.
        gb_id: number in torch's registry of breaks (`GB0170`); empty where it has none.
        reason: what torch calls the kind of break.
        explanation: what torch says about this one.
        hint: what torch proposes; empty where it proposes nothing.
    """

    file: str
    line: int
    frame: str
    gb_id: str
    reason: str
    explanation: str
    hint: str
    times: int

    SPEC: ClassVar[dict[str, Any]] = {
        "file": guest_text(255),
        "line": _LINE,
        "frame": guest_text(200),
        "gb_id": guest_text(40),
        "reason": guest_text(200),
        "explanation": guest_text(600),
        "hint": guest_text(600),
        "times": integer(1, 1 << 24),
    }


@dataclass(frozen=True, slots=True)
class GraphCompile:
    """One compilation of one frame.

    Attributes:
        compile_id: Dynamo's name of it: `frame/attempt`; what stands behind the stroke is not 0 where it recompiles.
        frame: name of the function.
        file: path of its source, as in `GraphBreak`.
        line: line at which the function starts.
        guard: the guard that failed, for a recompilation; empty for a first one.
        operators: operators in the graph that Dynamo made; 0 where no graph came of it.
    """

    compile_id: str
    frame: str
    file: str
    line: int
    guard: str
    operators: int

    SPEC: ClassVar[dict[str, Any]] = {
        "compile_id": guest_text(40),
        "frame": guest_text(200),
        "file": guest_text(255),
        "line": _LINE,
        "guard": guest_text(400),
        "operators": _COUNT,
    }


@dataclass(frozen=True, slots=True)
class Uncompiled:
    """Operators of one name that one part of the model ran outside of compiled regions.

    `part` is the class of the innermost module at work, empty where there is none on the stack.
    """

    part: str
    operator: str
    times: int

    SPEC: ClassVar[dict[str, Any]] = {
        "part": guest_text(200),
        "operator": guest_text(200),
        "times": integer(1, 1 << 40),
    }


@dataclass(frozen=True, slots=True)
class CountGraphs:
    """Call `function` once and count what Dynamo makes of it, in a guest that was started to count."""

    nonce: int
    function: str
    request: CallRequest

    SPEC: ClassVar[dict[str, Any]] = {
        "nonce": integer(0, 1 << 62),
        "function": guest_text(255),
        "request": record(CallRequest),
    }


@dataclass(frozen=True, slots=True)
class GraphsCounted:
    """The call has returned; what was seen since it began.

    Attributes:
        breaks: places of breaks, in the order in which they were met.
        compiles: compilations of frames, in their order.
        graphs: graphs that were handed to the backend.
        compiled_operators: aten operators run inside of compiled regions, forward and backward.
        uncompiled: those run outside, most frequent first; views and the driver's own work don't count.
        graph_operators: names of what the graphs call, as Dynamo wrote them.
        opaque: operators in the graphs that hide Python of the submission.
        broken: what is no longer as it was before the submission came: the seal's word; empty when it holds.
        hidden: settings under which failures of the compiler go unseen, that the submission has switched on.
        limit: the recompilation limit that was hit; None when none was.
    """

    nonce: int
    outputs: tuple[Returned, ...]
    breaks: tuple[GraphBreak, ...]
    compiles: tuple[GraphCompile, ...]
    graphs: int
    compiled_operators: int
    uncompiled: tuple[Uncompiled, ...]
    graph_operators: tuple[str, ...]
    opaque: tuple[str, ...]
    broken: tuple[str, ...]
    hidden: tuple[str, ...]
    limit: str | None

    SPEC: ClassVar[dict[str, Any]] = {
        "nonce": integer(0, 1 << 62),
        "outputs": array(record(Returned), MAX_TENSORS),
        "breaks": array(record(GraphBreak), MOST_BREAKS),
        "compiles": array(record(GraphCompile), MOST_COMPILES),
        "graphs": _COUNT,
        "compiled_operators": _COUNT,
        "uncompiled": array(record(Uncompiled), MOST_NAMES),
        "graph_operators": array(guest_text(200), MOST_NAMES),
        "opaque": array(guest_text(200), MOST_NAMES),
        "broken": array(guest_text(200), 64),
        "hidden": array(guest_text(200), 16),
        "limit": optional(guest_text(400)),
    }
