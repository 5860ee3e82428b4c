"""Reads PTX and Triton's own IR as text: the kernel's entry, its global accesses line by line, its inline assembly.

Both texts come out of a submission's process: everything is bounded, nothing is executed, and what can't be read is a
`ValueError` whose text can be shown to the learner.

NOT covered: whether a branch is taken. An assembly inside a runtime `if` is told as such, and no more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

MOST_TEXT_BYTES = 16 << 20
MOST_ROWS = 512
MOST_ASM_CHARACTERS = 2000

_ENTRY = re.compile(r"\.visible\s+\.entry\s+(\w+)", re.ASCII)
_TARGET = re.compile(r"^\.target\s+sm_(\d{2,3})[af]?\b", re.MULTILINE | re.ASCII)
_THREADS = re.compile(r"\.reqntid\s+(\d{1,4})\b", re.ASCII)
_HINT = re.compile(r"\bL[12]::(?:evict_\w+|no_allocate)", re.ASCII)
_FILE = re.compile(r'^\s*\.file\s+(\d{1,6})\s+"([^"\n]{1,4096})"', re.MULTILINE)
_PLACE = re.compile(r"^\s*\.loc\s+(\d{1,6})\s+(\d{1,7})\s", re.ASCII)
_GLOBAL = re.compile(r"\b(ld|st|atom|red)((?:\.[\w:]+)*?)\.global((?:\.[\w:]+)*)\s", re.ASCII)
_ASYNC = re.compile(
    r"\bcp\.async\.c[ag]\.shared(?:::cta)?\.global((?:\.[\w:]+)*)\s[^,\n]*,[^,\n]*,\s*(0x[0-9a-f]{1,3}|\d{1,3})\b",
    re.ASCII,
)
_ASM_IR = re.compile(r'tt\.elementwise_inline_asm "((?:[^"\\]|\\.)*)"')
_KINDS = {"ld": "load", "st": "store", "atom": "atomic", "red": "atomic"}


@dataclass(frozen=True, slots=True)
class LineAccess:
    """Global accesses of one form in one line of the source.

    Attributes:
        file: name of the source file, without folders; empty where the PTX does not tell.
        line: in that file, 0 where the PTX does not tell.
        kind: `load`, `store` or `atomic`.
        access_bytes: of one thread at a time.
        policy: eviction policy (`evict_first` ...), empty for none.
        count: instructions of this form.
    """

    file: str
    line: int
    kind: str
    access_bytes: int
    policy: str
    count: int


@dataclass(frozen=True, slots=True)
class InlineAsm:
    """One `tl.inline_asm_elementwise` that is really in the compiled kernel.

    Attributes:
        text: as the learner wrote it.
        line: of the source, from the PTX; 0 where it does not tell.
        count: how often it stands in the PTX.
        is_guarded: whether it stands inside a runtime `if`.
    """

    text: str
    line: int
    count: int
    is_guarded: bool


@dataclass(frozen=True, slots=True)
class Ptx:
    """What one kernel's PTX says of itself.

    Attributes:
        entry: the kernel's name.
        capability: 90 for compute capability 9.0.
        threads: of a block.
        hints: cache hints ("L1::evict_first"), sorted.
        accesses: to global memory, in order of lines.
        asm_blocks: opcodes of each block of inline assembly (Triton's own too), and the line it stands for.
    """

    entry: str
    capability: int
    threads: int
    hints: tuple[str, ...]
    accesses: tuple[LineAccess, ...]
    asm_blocks: tuple[tuple[tuple[str, ...], int], ...]


def read_ptx(ptx: bytes) -> Ptx:
    """Read the PTX of one kernel.

    Raises:
        ValueError: it is too long, or not Triton's.
    """
    text = _text(ptx, "the PTX")
    entries, target, threads = _ENTRY.findall(text), _TARGET.search(text), _THREADS.search(text)
    if len(entries) != 1 or target is None or threads is None:
        raise ValueError("the PTX is not Triton's: it needs one .entry, a .target and a .reqntid")
    files = {number: name.rpartition("/")[2][:255] for number, name in _FILE.findall(text)}
    seen: Counter[tuple[str, int, str, int, str]] = Counter()
    blocks: list[tuple[tuple[str, ...], int]] = []
    for place, line, block in _lines(text):
        if block is not None:
            blocks.append((opcodes(block), place[1]))
        for kind, access_bytes, policy in _accesses(line if block is None else block):
            seen[(files.get(place[0], ""), place[1], kind, access_bytes, policy)] += 1
    accesses = tuple(LineAccess(*key, count) for key, count in sorted(seen.items())[:MOST_ROWS])
    hints = tuple(sorted(set(_HINT.findall(text))))
    return Ptx(entries[0], int(target[1]), int(threads[1]), hints, accesses, tuple(blocks))


def inline_assembly(ptx: Ptx, ttir: bytes) -> tuple[InlineAsm, ...]:
    """Give the learner's inline assembly that has come through to the PTX, each text once.

    Triton writes most of its own loads and stores as inline assembly too; what it was asked for stands in its IR.

    Raises:
        ValueError: the IR is too long.
    """
    asked: dict[str, bool] = {}
    for text, is_guarded in _asm_in_ir(_text(ttir, "Triton's IR")):
        asked[text] = asked.get(text, True) and is_guarded
    found = []
    for text, is_guarded in list(asked.items())[:MOST_ROWS]:
        wanted = opcodes(text)
        lines = [line for block, line in ptx.asm_blocks if wanted and block == wanted]
        if lines:
            found.append(InlineAsm(text[:MOST_ASM_CHARACTERS], lines[0], len(lines), is_guarded))
    return tuple(found)


def opcodes(assembly: str) -> tuple[str, ...]:
    """Give the instructions of a piece of PTX by name; what differs between two expansions is left out."""
    names = []
    for statement in re.split(r"[;\n{}]", re.sub(r"//[^\n]*", "", assembly)):
        words = statement.split()
        if words and words[0].startswith("@"):
            words = words[1:]
        if words and not words[0].startswith(".") and not words[0].endswith(":"):
            names.append(words[0])
    return tuple(names)


def _text(content: bytes, what: str) -> str:
    if len(content) > MOST_TEXT_BYTES:
        raise ValueError(f"{what} is longer than {MOST_TEXT_BYTES >> 20} MiB")
    return content.decode("ascii", errors="replace")


def _lines(text: str) -> Iterator[tuple[tuple[str, int], str, str | None]]:
    """Give (place, line, None) for plain lines and (place, "", block) for each block of inline assembly."""
    place: tuple[str, int] = ("", 0)
    block: list[str] | None = None
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("// begin inline asm"):
            block = []
        elif stripped.startswith("// end inline asm") and block is not None:
            yield place, "", "\n".join(block)
            block = None
        elif block is not None:
            block.append(line)
        elif (found := _PLACE.match(line)) is not None:
            # Line 0 marks code that belongs to no line; it goes on with the one before.
            place = (found[1], int(found[2])) if int(found[2]) else place
        else:
            yield place, line, None


def _accesses(text: str) -> Iterator[tuple[str, int, str]]:
    """Give kind, bytes and eviction policy of each access to global memory in a line or a block."""
    for found in _GLOBAL.finditer(text + "\n"):
        parts = (found[2] + found[3]).split(".")[1:]
        yield _KINDS[found[1]], _access_bytes(parts), _policy(parts)
    for found in _ASYNC.finditer(text):
        yield "load", int(found[2], 0), _policy(found[1].split("."))


def _access_bytes(parts: list[str]) -> int:
    """Give the bytes of `v4`, `b32`."""
    lanes, bits = 1, 0
    for part in parts:
        if re.fullmatch(r"v[248]", part):
            lanes = int(part[1:])
        elif re.fullmatch(r"[busf](?:8|16|32|64|128)|f16x2|bf16x2", part):
            bits = 32 if part.endswith("x2") else int(part.lstrip("busf"))
    return lanes * bits // 8


def _policy(parts: list[str]) -> str:
    """Give the eviction policy among modifiers, the one of L1 first."""
    found = [part for part in parts if re.fullmatch(r"L[12]::(?:evict_\w+|no_allocate)", part)]
    return found[0].partition("::")[2] if found else ""


def _asm_in_ir(text: str) -> Iterator[tuple[str, bool]]:
    """Give each inline assembly of Triton's IR, and whether an `scf.if` stands around it."""
    around: list[bool] = []
    for line in text.splitlines():
        stripped = re.sub(r"\s*loc\([^\n]*\)$", "", line.strip())
        if (found := _ASM_IR.search(stripped)) is not None:
            yield _unescaped(found[1]), any(around)
        if stripped.startswith("}"):
            around[-1:] = []
        if stripped.endswith("{"):
            around.append("scf.if" in stripped or stripped.startswith("} else"))


def _unescaped(text: str) -> str:
    r"""Read a string of MLIR, where a line feed is `\0A`."""
    return re.sub(
        r"\\(?:([0-9A-Fa-f]{2})|(.))",
        lambda found: chr(int(found[1], 16)) if found[1] else {"n": "\n", "t": "\t"}.get(found[2], found[2]),
        text,
    )
