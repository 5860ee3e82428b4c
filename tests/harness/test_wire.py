"""Tests of the wire: every message survives the trip, everything else is a `WireError` and nothing worse."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import wire
from harness.fields import WireError
from harness.graph_parts import CountGraphs, GraphBreak, GraphCompile, GraphsCounted, Uncompiled
from harness.kernel_parts import Interpret, Interpreted, Interpreting, KernelAccess, KernelLaunch, KernelMemory
from harness.memory_parts import Settle, Settled
from harness.parts import DTYPES, MAX_CALLS, CallRequest, CompiledKernel, Returned, Scalar, Slot, TensorLayout
from tests.fuzz.rubbish import leaves, places_in, rubbish

HEADER_BYTES = 4
nonces = st.integers(0, 1 << 62)
offsets = st.integers(0, 1 << 46)
sizes = st.integers(0, 1 << 30)
words = st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from("é数\n\t"), max_size=40)
dimensions = st.lists(st.tuples(st.integers(0, 1 << 40), st.integers(0, 1 << 40)), max_size=8)
layouts = st.builds(
    lambda dtype, pairs, offset: TensorLayout(dtype, tuple(a for a, _ in pairs), tuple(b for _, b in pairs), offset),
    st.sampled_from(sorted(DTYPES)), dimensions, offsets,
)  # fmt: skip
scalars = st.builds(
    Scalar, st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words
)
arguments = st.lists(layouts | scalars, max_size=4).map(tuple)
requests = st.builds(CallRequest, arguments, st.lists(st.builds(Slot, offsets, offsets), max_size=3).map(tuple))
extents = st.lists(st.integers(0, 1 << 62), max_size=5).map(tuple)
returned = st.builds(Returned, words, extents, extents, words, st.booleans())
kernels = st.builds(
    CompiledKernel,
    words,
    st.integers(0, 1000),
    st.integers(0, 1 << 16),
    sizes,
    offsets,
    sizes,
    offsets,
    sizes,
    offsets,
    sizes,
)
capabilities = st.lists(st.integers(70, 200), max_size=3).map(tuple)
lines = st.integers(0, 1 << 24)
launches = st.builds(
    KernelLaunch, words, words, lines, st.lists(offsets.map(lambda size: size >> 8), max_size=3).map(tuple),
    st.integers(1, 1 << 16),
)  # fmt: skip
memories = st.builds(KernelMemory, st.integers(0, 64), words, words, offsets, offsets, offsets)
accesses = st.builds(
    KernelAccess, st.integers(0, 64), st.integers(0, 1024), st.sampled_from(("load", "store", "atomic")), words, lines,
    offsets, offsets,
)  # fmt: skip
ways = st.builds(Interpreting, st.integers(0, 1 << 16), st.integers(1, 1 << 16), st.booleans(), st.integers(0, 1024))
breaks = st.builds(GraphBreak, words, lines, words, words, words, words, words, st.integers(1, 1 << 24))
compiles = st.builds(GraphCompile, words, words, words, lines, words, sizes)
uncompiled = st.builds(Uncompiled, words, words, st.integers(1, 1 << 40))
some_words = st.lists(words, max_size=2).map(tuple)
STRATEGIES: dict[type[Any], st.SearchStrategy[Any]] = {
    wire.Ready: st.builds(wire.Ready, st.integers(0, 1 << 16)),
    wire.Load: st.builds(wire.Load, nonces, st.none() | words, st.booleans(), st.lists(words, max_size=3).map(tuple)),
    wire.Map: st.builds(wire.Map, nonces, words, st.integers(1, 1 << 46), words, st.integers(1, 1 << 46)),
    wire.Loaded: st.builds(wire.Loaded, nonces),
    wire.Call: st.builds(wire.Call, nonces, words, st.lists(requests, max_size=3).map(tuple)),
    wire.Done: st.builds(
        wire.Done, nonces, st.lists(st.lists(returned, max_size=2).map(tuple), max_size=3).map(tuple),
        st.lists(words, max_size=3).map(tuple),
    ),
    wire.Compile: st.builds(wire.Compile, nonces, words, arguments, capabilities, st.booleans()),
    wire.Compiled: st.builds(wire.Compiled, nonces, st.lists(kernels, max_size=2).map(tuple)),
    Settle: st.builds(Settle, nonces, offsets, offsets, st.booleans()),
    Settled: st.builds(Settled, nonces, offsets),
    Interpret: st.builds(Interpret, nonces, words, requests, ways),
    Interpreted: st.builds(
        Interpreted, nonces, st.lists(returned, max_size=2).map(tuple), st.lists(offsets, max_size=2).map(tuple),
        st.lists(launches, max_size=2).map(tuple), st.lists(memories, max_size=2).map(tuple),
        st.lists(accesses, max_size=2).map(tuple), st.lists(words, max_size=2).map(tuple),
        st.lists(words, max_size=2).map(tuple), st.none() | words,
    ),
    CountGraphs: st.builds(CountGraphs, nonces, words, requests),
    GraphsCounted: st.builds(
        GraphsCounted, nonces, st.lists(returned, max_size=2).map(tuple), st.lists(breaks, max_size=2).map(tuple),
        st.lists(compiles, max_size=2).map(tuple), sizes, sizes, st.lists(uncompiled, max_size=2).map(tuple),
        some_words, some_words, some_words, some_words, st.none() | words,
    ),
    wire.Failed: st.builds(wire.Failed, nonces, words, words, words, st.integers(-1, MAX_CALLS)),
}  # fmt: skip
messages = st.one_of(*STRATEGIES.values())
some = settings(max_examples=120, deadline=None)


def body_of(message: wire.Message) -> bytes:
    return wire.encode(message)[HEADER_BYTES:]


def assert_message_or_wire_error(body: bytes) -> None:
    """Any other exception fails the test by itself."""
    try:
        message = wire.decode(body)
    except WireError:
        return

    assert type(message) in STRATEGIES


def test_every_message_is_tried() -> None:
    assert set(wire.MESSAGES.values()) == set(STRATEGIES)


@pytest.mark.parametrize("kind", STRATEGIES, ids=lambda kind: kind.__name__)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_message_is_the_same_after_the_trip(kind: type[Any], data: st.DataObject) -> None:
    message = data.draw(STRATEGIES[kind])

    assert repr(message) == repr(wire.decode(body_of(message)))


@some
@given(messages, st.data())
def test_a_frame_that_is_cut_is_a_wire_error(message: wire.Message, data: st.DataObject) -> None:
    body = body_of(message)
    cut = body[: data.draw(st.integers(0, len(body) - 1))]

    with pytest.raises(WireError):
        wire.decode(cut)


@some
@given(messages, st.binary(min_size=1, max_size=20).filter(bytes.strip))
def test_a_frame_with_something_behind_its_object_is_a_wire_error(message: wire.Message, more: bytes) -> None:
    with pytest.raises(WireError):
        wire.decode(body_of(message) + more)


@some
@given(messages, st.data())
def test_a_frame_with_a_field_too_few_or_too_many_is_a_wire_error(message: wire.Message, data: st.DataObject) -> None:
    value = json.loads(body_of(message))
    objects = [value] + [part[key] for part, key in places_in(value) if isinstance(part[key], dict)]
    chosen = data.draw(st.sampled_from(objects))
    if data.draw(st.booleans()):
        chosen["unheard_of"] = data.draw(leaves)
    else:
        del chosen[data.draw(st.sampled_from(sorted(chosen)))]

    with pytest.raises(WireError):
        wire.decode(json.dumps(value).encode())


@some
@given(messages, rubbish, st.data())
def test_a_frame_with_rubbish_in_a_field_raises_nothing_but_a_wire_error(
    message: wire.Message, strange: Any, data: st.DataObject
) -> None:
    value = json.loads(body_of(message))
    part, key = data.draw(st.sampled_from(list(places_in(value))))
    part[key] = strange
    assert_message_or_wire_error(json.dumps(value).encode())


@some
@given(messages, st.data())
def test_a_frame_with_changed_bytes_raises_nothing_but_a_wire_error(message: wire.Message, data: st.DataObject) -> None:
    body = bytearray(body_of(message))
    for place in data.draw(st.lists(st.integers(0, len(body) - 1), min_size=1, max_size=4)):
        body[place] = data.draw(st.integers(0, 255))
    assert_message_or_wire_error(bytes(body))


@some
@given(st.binary(max_size=60) | rubbish.map(lambda value: json.dumps(value).encode()))
def test_a_body_of_anything_raises_nothing_but_a_wire_error(body: bytes) -> None:
    assert_message_or_wire_error(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"type": "loaded", "nonce": 1, "nonce": 1}',
        b'{"type": "loaded", "type": "loaded", "nonce": 1}',
        b'{"type": "loaded", "nonce": NaN}',
        b'{"type": "loaded", "nonce": -Infinity}',
        b'{"type": "loaded", "nonce": 1.0}',
        b'{"type": "loaded", "nonce": true}',
        b'{"type": "loaded", "nonce": ' + b"9" * 5000 + b"}",
        b'{"type": ["loaded"], "nonce": 1}',
        b'{"type": {}, "nonce": 1}',
        b'{"type": "goodbye", "nonce": 1}',
        b'{"nonce": 1}',
        b"[]",
        b'"loaded"',
        b"",
        b"\xff\xfe{}",
        b'\xef\xbb\xbf{"type": "loaded", "nonce": 1}',
        b"[" * 500_000,
        b'{"a":' * 150_000 + b"1" + b"}" * 150_000,
    ],
    ids=range(18),
)
def test_a_body_that_is_no_message_is_a_wire_error(body: bytes) -> None:
    with pytest.raises(WireError):
        wire.decode(body)


def call_with(value: str) -> bytes:
    request = f'{{"arguments": [{{"value": {value}}}], "slots": []}}'
    return f'{{"type": "call", "nonce": 1, "function": "f", "calls": [{request}]}}'.encode()


def test_a_scalar_is_a_finite_number() -> None:
    assert isinstance(wire.decode(call_with("1e300")), wire.Call)
    for value in ("NaN", "Infinity", "-Infinity"):
        with pytest.raises(WireError):
            wire.decode(call_with(value))


def test_a_number_that_is_too_great_for_a_float_is_a_wire_error() -> None:
    with pytest.raises(WireError):
        wire.decode(call_with("1e999"))


def test_a_wire_error_repeats_nothing_that_the_guest_said() -> None:
    with pytest.raises(WireError) as error:
        wire.decode(b'{"type": "loaded", "nonce": 1, "\\u001b[2J": "hidden"}')

    assert "\x1b" not in str(error.value)
    assert "hidden" not in str(error.value)


def test_text_of_a_guest_is_escaped_and_bounded_once_it_has_arrived() -> None:
    said = wire.Failed(1, "runtime", "\x1b[2J" + "x" * 3000, "", -1)
    heard = wire.decode(body_of(said))

    assert isinstance(heard, wire.Failed)
    assert heard.message.startswith("\\u001b[2Jxxx")
    assert heard.message.endswith("[cut: 3004 characters]")


def test_a_message_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(WireError, match=r"a failed frame of \d+ bytes is longer than 1048576"):
        wire.encode(wire.Failed(1, "runtime", "x" * wire.MAX_FRAME_BYTES, "", -1))


def test_the_length_of_a_frame_is_four_bytes_the_greatest_first() -> None:
    frame = wire.encode(wire.Loaded(5))

    assert b"\x00\x00\x00" + bytes([len(frame) - 4]) == frame[:4]
    assert {"type": "loaded", "nonce": 5} == json.loads(frame[4:])


@pytest.fixture
def ends() -> Iterator[tuple[wire.Channel, socket.socket]]:
    here, there = socket.socketpair()
    here.settimeout(10.0)
    with here, there:
        yield wire.Channel(here), there


@settings(max_examples=60, deadline=None)
@given(st.lists(messages, min_size=1, max_size=4), st.data())
def test_frames_arrive_whole_however_they_are_cut_up(sent: list[wire.Message], data: st.DataObject) -> None:
    stream = b"".join(map(wire.encode, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    here, there = socket.socketpair()
    heard: list[Any] = []
    with here, there:
        channel = wire.Channel(here)
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            there.sendall(stream[start:end])
            if start < end:
                channel.feed()
            heard += iter(channel.buffered, None)

    assert list(map(repr, sent)) == list(map(repr, heard))
    assert channel.is_quiet


def test_a_frame_that_never_ends_gives_nothing_when_the_other_side_closes(
    ends: tuple[wire.Channel, socket.socket],
) -> None:
    channel, there = ends
    there.sendall(wire.encode(wire.Loaded(5))[:-1])
    there.close()

    assert channel.receive() is None
    assert not channel.is_quiet


@pytest.mark.parametrize("size_bytes", [wire.MAX_FRAME_BYTES + 1, 2**32 - 1])
def test_a_frame_that_says_that_it_is_too_long_is_refused_before_it_comes(
    ends: tuple[wire.Channel, socket.socket], size_bytes: int
) -> None:
    channel, there = ends
    there.sendall(struct.pack(">I", size_bytes))

    with pytest.raises(WireError, match=f"{size_bytes} bytes"):
        channel.receive()


def test_both_sides_understand_each_other(ends: tuple[wire.Channel, socket.socket]) -> None:
    channel, there = ends
    wire.Channel(there).send(wire.Ready(wire.VERSION))
    wire.Channel(there).send(wire.Loaded(7))

    assert wire.Ready(wire.VERSION) == channel.receive()
    assert not channel.is_quiet
    assert wire.Loaded(7) == channel.receive()
    assert channel.is_quiet
