"""One target a door: draws rubbish, hands it in, and lets nothing but the door's own refusal out."""

from __future__ import annotations

import io
import json
import os
import socket
import tarfile
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from grader.manifest.load import load_manifest
from grader.submission import MAX_DEPTH, read_submission
from harness import wire
from harness.errors import ManifestError, UsageError
from harness.fields import WireError
from tests.fuzz.rubbish import places_in, rubbish

MAXIMAL = Path(__file__).parents[1] / "challenges" / "maximal" / "challenge.yaml"
HEADER_BYTES = 4
SECRET = b"what lies outside of a submission"

FRAMES: tuple[wire.Message, ...] = (
    wire.Ready(wire.VERSION),
    wire.Ready(0),
    wire.Loaded(7),
    wire.Done(7, ((),), ("aten::mm",)),
    wire.Compiled(7, ()),
    wire.Failed(7, "values", "text", "trace", -1),
)

Draw = Callable[[st.SearchStrategy[Any]], Any]


def frames(data: st.DataObject) -> None:
    """Send frames that are cut, grown, repeated, nested, of other types and versions; then hang up."""
    stream = b"".join(_frame(data.draw) for _ in range(data.draw(st.integers(1, 4))))
    stream = stream[: data.draw(st.integers(0, len(stream)))] if data.draw(st.booleans()) else stream
    judge, guest = socket.socketpair()
    with judge, guest:
        judge.settimeout(5)
        guest.sendall(stream)
        guest.shutdown(socket.SHUT_WR)
        channel = wire.Channel(judge)
        try:
            while (message := channel.receive()) is not None:
                assert type(message) in wire.MESSAGES.values()
        except WireError as error:
            assert str(error)


def _frame(draw: Draw) -> bytes:
    """Give one frame, damaged in one way."""
    body = wire.encode(draw(st.sampled_from(FRAMES)))[HEADER_BYTES:]
    value = json.loads(body)
    way = draw(st.sampled_from(["whole", "field", "extra", "missing", "nest", "bytes", "deep", "length"]))
    if way == "field":
        value[draw(st.sampled_from(sorted(value)))] = draw(rubbish)
    elif way == "extra":
        value[draw(st.text(max_size=6))] = draw(rubbish)
    elif way == "missing":
        del value[draw(st.sampled_from(sorted(value)))]
    elif way == "nest":
        value = draw(st.sampled_from([[value], {"type": value}, {"type": "done", "nonce": value}]))
    body = json.dumps(value).encode()
    if way == "bytes":
        body = draw(st.binary(max_size=80))
    elif way == "deep":
        body = b"[" * draw(st.integers(1, 20_000))
    size = draw(st.integers(0, 1 << 32) if way == "length" else st.just(len(body))) & 0xFFFFFFFF
    return size.to_bytes(HEADER_BYTES, "big") + body


def manifests(data: st.DataObject) -> None:
    """Read a manifest with keys lost, values replaced, or no YAML in it."""
    text = data.draw(st.text(max_size=200)) if data.draw(st.integers(0, 5)) == 0 else _manifest(data.draw)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "maximal" / "challenge.yaml"
        path.parent.mkdir()
        path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
        try:
            load_manifest(path)
        except ManifestError as error:
            assert str(error).isprintable() or "\n" in str(error)


def _manifest(draw: Draw) -> str:
    document = yaml.safe_load(MAXIMAL.read_text(encoding="utf-8"))
    for _ in range(draw(st.integers(1, 4))):
        places = list(places_in(document))
        if not places:
            break
        container, key = draw(st.sampled_from(places))
        if draw(st.booleans()):
            container[key] = draw(rubbish)
        elif isinstance(container, dict):
            container[draw(st.text(max_size=8))] = container.pop(key)
        else:
            container.append(container[key])
    return yaml.dump(document, allow_unicode=draw(st.booleans()))


names = st.one_of(
    st.sampled_from(["entry.py", "a", "..", "__pycache__", ".git", "a.py", "ENTRY.PY", "-rf", "a b", "n" * 200]),
    st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=12),
)


def trees(data: st.DataObject) -> None:
    """Hand in a folder of files, links, pipes and folders within folders, under odd names."""
    with tempfile.TemporaryDirectory() as name:
        outside = Path(name) / "outside.py"
        outside.write_bytes(SECRET)
        root = Path(name) / "handed-in"
        root.mkdir()
        for _ in range(data.draw(st.integers(0, 6))):
            _put(data.draw, root, outside)
        try:
            found = read_submission(root, "entry.py")
        except UsageError as error:
            assert str(error)
        else:
            assert found["entry.py"].strip()
            assert SECRET not in found.values()
            assert all(".." not in Path(name).parts and not Path(name).is_absolute() for name in found)
        assert SECRET == outside.read_bytes()


def _put(draw: Draw, root: Path, outside: Path) -> None:
    """Put one thing below the root, where nothing is yet; what the file system does not take is left out.

    Links are drawn too, so nothing is made or written through one: this runs on the machine of whoever tests.
    """
    parts = draw(st.lists(names.filter(lambda part: part != ".."), min_size=1, max_size=MAX_DEPTH + 2))
    content, kind = (
        draw(st.binary(max_size=30)),
        draw(st.sampled_from(["file", "file", "file", "link", "pipe", "folder"])),
    )
    target = draw(st.sampled_from([str(outside), "..", "entry.py", "."]))
    try:
        folder = root
        for part in parts[:-1]:
            folder /= part
            if folder.is_symlink():
                return
            folder.mkdir(exist_ok=True)
        path = folder / parts[-1]
        if kind == "file":
            # Exclusive: neither a pipe nor a link of that name is opened.
            with path.open("xb") as file:
                file.write(content)
        elif kind == "link":
            path.symlink_to(target)
        elif kind == "pipe":
            os.mkfifo(path)
        else:
            path.mkdir()
    except (OSError, ValueError):
        return


def archives(data: st.DataObject) -> None:
    """Hand in a zip or a tar with odd members, cut or with changed bytes."""
    packed = io.BytesIO()
    is_zip = data.draw(st.booleans())
    members = data.draw(st.lists(st.tuples(names, st.binary(max_size=30)), max_size=5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _pack(packed, [("entry.py", b"1\n"), *members], is_zip)
    content = bytearray(packed.getvalue())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / ("a.zip" if is_zip else "a.tar")
        path.write_bytes(content)
        try:
            found = read_submission(path, "entry.py")
        except UsageError as error:
            assert str(error)
        else:
            assert all(".." not in Path(name).parts and not Path(name).is_absolute() for name in found)


def _pack(out: io.BytesIO, members: list[tuple[str, bytes]], is_zip: bool) -> None:
    if is_zip:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, content in members:
                zipped.writestr(name.encode("utf-8", errors="replace").decode(), content)
        return
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name.encode("utf-8", errors="replace").decode())
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


TARGETS: dict[str, Callable[[st.DataObject], None]] = {
    "frames": frames, "manifests": manifests, "trees": trees, "archives": archives,
}  # fmt: skip
