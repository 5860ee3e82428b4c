"""The protocol between judge and guest: every message, its bounds, and how it is framed.

A frame is a 4-byte big-endian length and that many bytes of UTF-8 JSON: one object, whose `type` names the message and
whose other keys are exactly the fields of that message. The judge speaks only after `ready`; each question carries a
nonce that its answer echoes; nothing else is ever sent::

    guest                                   judge
      ── ready(version)                  ─►
      ◄─ map(nonce, inputs, outputs)     ──     only where tensors lie in device memory: the segments of what follows
      ── loaded(nonce) | failed(nonce)   ─►
      ◄─ load(nonce, entry, driven, functions) ─
      ── loaded(nonce) | failed(nonce)   ─►
      ◄─ call(nonce, function, calls)    ──     tensors lie in the input segment, see `TensorLayout`
      ── done(nonce, outputs) | failed   ─►     tensors lie in the output segment, where the judge said
      ◄─ compile(nonce, function, ...)   ──     only where a challenge looks at Triton kernels without a GPU
      ── compiled(nonce, kernels) | failed ─►
      ◄─ interpret(nonce, function, ...) ──     only in a guest that was started with Triton's interpreter
      ── interpreted(nonce, outputs, ...) | failed ─►
      ◄─ countgraphs(nonce, function, ...) ──   only in a guest that was started to count what torch.compile makes
      ── graphscounted(nonce, outputs, ...) | failed ─►
      ◄─ settle(nonce, ..., watch)       ──     only in a guest that was started to have its memory measured
      ── settled(nonce, highest_bytes)   ─►

Nothing is ever unpickled or evaluated. A frame that is too long, cut, not JSON, nested too deep, repeats a key, lacks a
field or has one too many, holds NaN, or breaks a bound raises `WireError`; the judge turns that into the cause
`protocol`. Text from a guest is bounded and has its control characters escaped here, once, for every reader.
Standard library only: the guest imports this before anything else.
"""

from __future__ import annotations

import dataclasses
import json
import socket
import struct
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from harness.fields import WireError, array, boolean, guest_text, integer, names, optional, record
from harness.graph_parts import CountGraphs, GraphsCounted
from harness.kernel_parts import Interpret, Interpreted
from harness.memory_parts import Settle, Settled
from harness.parts import MAX_CALLS, MAX_TENSORS, CallRequest, CompiledKernel, Returned, Scalar, TensorLayout

VERSION = 5
MAX_FRAME_BYTES = 1 << 20
_HEADER = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Ready:
    """The guest's first word: it has imported what it needs and speaks this version."""

    version: int

    SPEC: ClassVar[dict[str, Any]] = {"version": integer(0, 1 << 16)}


@dataclass(frozen=True, slots=True)
class Map:
    """From now on tensors lie in these two ranges of the judge's device memory, named by their CUDA IPC handles."""

    nonce: int
    inputs: str
    inputs_bytes: int
    outputs: str
    outputs_bytes: int

    SPEC: ClassVar[dict[str, Any]] = {
        "nonce": integer(0, 1 << 62),
        "inputs": guest_text(128),
        "inputs_bytes": integer(1, 1 << 46),
        "outputs": guest_text(128),
        "outputs_bytes": integer(1, 1 << 46),
    }


@dataclass(frozen=True, slots=True)
class Load:
    """Import `entry` (a path below the submission's folder; none where it is a folder of modules), find `functions`.

    With `driven` the functions are those of the challenge's driver, which calls the submission in their place.
    """

    nonce: int
    entry: str | None
    driven: bool
    functions: tuple[str, ...]

    SPEC: ClassVar[dict[str, Any]] = {
        "nonce": integer(0, 1 << 62),
        "entry": optional(guest_text(255)),
        "driven": boolean(),
        "functions": names(64),
    }


@dataclass(frozen=True, slots=True)
class Loaded:
    """The submission is imported and every function was found."""

    nonce: int

    SPEC: ClassVar[dict[str, Any]] = {"nonce": integer(0, 1 << 62)}


@dataclass(frozen=True, slots=True)
class Call:
    """Call `function` once for each request, in this order; answer when every output lies in its slot."""

    nonce: int
    function: str
    calls: tuple[CallRequest, ...]

    SPEC: ClassVar[dict[str, Any]] = {
        "nonce": integer(0, 1 << 62),
        "function": guest_text(255),
        "calls": array(record(CallRequest), MAX_CALLS),
    }


@dataclass(frozen=True, slots=True)
class Done:
    """All calls have returned; `operators` names what the dispatcher saw, in a guest that was started to record it."""

    nonce: int
    outputs: tuple[tuple[Returned, ...], ...]
    operators: tuple[str, ...]

    SPEC: ClassVar[dict[str, Any]] = {
        "nonce": integer(0, 1 << 62),
        "outputs": array(array(record(Returned), MAX_TENSORS), MAX_CALLS),
        "operators": array(guest_text(200), 2000),
    }


@dataclass(frozen=True, slots=True)
class Compile:
    """Call `function` on stand-ins for CUDA tensors, and compile every Triton kernel that it launches.

    Of a tuned kernel the first configuration, or with `alternatives` every one.
    """

    nonce: int
    function: str
    arguments: tuple[TensorLayout | Scalar, ...]
    capabilities: tuple[int, ...]
    alternatives: bool

    SPEC: ClassVar[dict[str, Any]] = {
        "nonce": integer(0, 1 << 62),
        "function": guest_text(255),
        "arguments": array(record(TensorLayout, Scalar), MAX_TENSORS),
        "capabilities": array(integer(70, 200), 8),
        "alternatives": boolean(),
    }


@dataclass(frozen=True, slots=True)
class Compiled:
    """Every kernel that would be launched, compiled, in the order of the launches."""

    nonce: int
    kernels: tuple[CompiledKernel, ...]

    SPEC: ClassVar[dict[str, Any]] = {"nonce": integer(0, 1 << 62), "kernels": array(record(CompiledKernel), 256)}


@dataclass(frozen=True, slots=True)
class Failed:
    """The submission's code raised: `cause` is one of `readings.Cause`, `call` the index of the call or -1."""

    nonce: int
    cause: str
    message: str
    trace: str
    call: int

    SPEC: ClassVar[dict[str, Any]] = {
        "nonce": integer(0, 1 << 62),
        "cause": guest_text(40),
        "message": guest_text(2000),
        "trace": guest_text(8000),
        "call": integer(-1, MAX_CALLS),
    }


Message = (
    Ready | Map | Load | Loaded | Call | Done | Compile | Compiled | Interpret | Interpreted | CountGraphs
    | GraphsCounted | Settle | Settled | Failed
)  # fmt: skip
MESSAGES: dict[str, type[Message]] = {
    "ready": Ready,
    "map": Map,
    "load": Load,
    "loaded": Loaded,
    "call": Call,
    "done": Done,
    "compile": Compile,
    "compiled": Compiled,
    "interpret": Interpret,
    "interpreted": Interpreted,
    "countgraphs": CountGraphs,
    "graphscounted": GraphsCounted,
    "settle": Settle,
    "settled": Settled,
    "failed": Failed,
}
_TYPE_OF = {message: type_name for type_name, message in MESSAGES.items()}
_PARSE = {type_name: record(message) for type_name, message in MESSAGES.items()}


def encode(message: Message) -> bytes:
    """Give the frame of a message.

    Raises:
        WireError: the frame would be longer than `MAX_FRAME_BYTES`.
    """
    fields = {field.name: getattr(message, field.name) for field in dataclasses.fields(message)}
    body = json.dumps({"type": _TYPE_OF[type(message)], **fields}, default=dataclasses.asdict, allow_nan=False).encode()
    if len(body) > MAX_FRAME_BYTES:
        raise WireError(f"a {_TYPE_OF[type(message)]} frame of {len(body)} bytes is longer than {MAX_FRAME_BYTES}")
    return _HEADER.pack(len(body)) + body


def decode(body: bytes) -> Message:
    """Read the body of one frame.

    Raises:
        WireError: it is anything but exactly one well-formed message.
    """
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise WireError(f"a frame is not a JSON object: {type(error).__name__}") from error
    if not isinstance(value, dict) or not isinstance(value.get("type"), str) or value["type"] not in _PARSE:
        raise WireError("a frame names no known message type")
    parse = _PARSE[value.pop("type")]
    return cast(Message, parse(value, ""))


class Channel:
    """Frames over one stream socket; keeps what has arrived of a frame that is not whole yet."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._arrived = bytearray()

    def send(self, message: Message) -> None:
        """Send one message whole; raises OSError (TimeoutError included) when the other side does not take it."""
        self._connection.sendall(encode(message))

    def receive(self) -> Message | None:
        """Wait for one whole message; None when the other side has closed."""
        while (message := self.buffered()) is None:
            if not self.feed():
                return None
        return message

    def feed(self) -> bool:
        """Take in what the socket has now (waiting if it is a blocking one); False when the other side has closed."""
        chunk = self._connection.recv(1 << 16)
        self._arrived += chunk
        return bool(chunk)

    def buffered(self) -> Message | None:
        """Give the next message if it has arrived whole.

        Raises:
            WireError: the frame is too long or not a well-formed message.
        """
        if len(self._arrived) < _HEADER.size:
            return None
        (size,) = _HEADER.unpack_from(self._arrived)
        if size > MAX_FRAME_BYTES:
            raise WireError(f"a frame says that it is {size} bytes long; {MAX_FRAME_BYTES} are allowed")
        if len(self._arrived) < _HEADER.size + size:
            return None
        body = bytes(self._arrived[_HEADER.size : _HEADER.size + size])
        del self._arrived[: _HEADER.size + size]
        return decode(body)

    @property
    def is_quiet(self) -> bool:
        """Whether no byte of a further frame has arrived."""
        return not self._arrived


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key is repeated")
    return value


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not a number")
