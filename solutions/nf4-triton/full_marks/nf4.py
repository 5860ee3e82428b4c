"""NF4 with double quantisation to fp16 or bf16 in one kernel, to the bit.

A program takes whole blocks of one group of scales and reads packed weights as 32-bit words, 16 bytes a thread; a word
is 8 neighbouring weights, which one thread stores in one piece. From compute capability 8.0 on, PTX looks a word up: the
16 products of the block's scale are rounded to 16 bits once, and `prmt`, which picks bytes by nibbles, takes 4 of them at
a time. Elsewhere (older cards, the interpreter, ragged ends) the code of a nibble is chosen by a tree of selects, which
costs thrice the instructions. No table is read from memory. Product and sum are rounded apart, as bitsandbytes rounds
them: a fused multiply-add differs in about one weight of a million.
"""

# expect:
#   values: passed
#   blocks: passed
#   fresh: passed
#   one-kernel: passed
#   traffic: passed
#   no-buffer: passed
#   resources: passed
#   asm: passed
#   eviction: passed
#   int64: passed

import struct

import torch
import triton
import triton.language as tl

MOST_WEIGHTS = 4096
"""Weights of a program: 32 a thread at 128 threads."""

_CODES = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453,
    -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0,
    0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
)  # fmt: skip


def _lookup(pair: str) -> str:
    """Give PTX that turns a word of 8 nibbles ($4) and a scale ($5) into 4 words of two weights each; `pair` is f16x2 or bf16x2.

    The upper and the lower bytes of the 16 products make two tables of 16 bytes, each in 4 registers. `prmt` picks 4 of 8
    bytes by the lower 3 bits of 4 nibbles, so each half of a table is asked and bit 3 chooses between the answers.
    """
    lines = [".reg .f32 p<16>; .reg .b32 q<8>, low<4>, high<4>, three, top, mask, a, b, l, h;"]
    for nibble, code in enumerate(_CODES):
        lines.append(f"mul.rn.f32 p{nibble}, $5, 0f{struct.pack('>f', code).hex()};")
    lines += [f"cvt.rn.{pair}.f32 q{n}, p{2 * n + 1}, p{2 * n};" for n in range(8)]
    for n in range(4):
        lines.append(f"prmt.b32 low{n}, q{2 * n}, q{2 * n + 1}, 0x6420;")
        lines.append(f"prmt.b32 high{n}, q{2 * n}, q{2 * n + 1}, 0x7531;")
    lines += ["and.b32 three, $4, 0x77777777;", "shr.u32 top, $4, 3;", "and.b32 top, top, 0x11111111;"]
    for half in range(2):
        lines.append("prmt.b32 mask, 0xFF00, 0, top;")
        for answer, table in (("l", "low"), ("h", "high")):
            lines.append(f"prmt.b32 a, {table}0, {table}1, three; prmt.b32 b, {table}2, {table}3, three;")
            lines.append(f"lop3.b32 {answer}, mask, b, a, 0xCA;")
        # The upper nibble of a byte comes first.
        lines.append(f"prmt.b32 ${2 * half}, l, h, 0x4051; prmt.b32 ${2 * half + 1}, l, h, 0x6273;")
        if half == 0:
            lines.append("shr.u32 three, three, 16; shr.u32 top, top, 16;")
    return "{ " + " ".join(lines) + " }"


LOOK_UP_HALVES = tl.constexpr(_lookup("f16x2"))
LOOK_UP_BFLOATS = tl.constexpr(_lookup("bf16x2"))


@triton.jit
def _code(nibble):
    """Give the NF4 value of each nibble: four levels of selects, one for each of its bits."""
    b0, b1, b2, b3 = (nibble & 1) != 0, (nibble & 2) != 0, (nibble & 4) != 0, (nibble & 8) != 0
    low = tl.where(
        b2,
        tl.where(
            b1,
            tl.where(b0, 0.0, -0.09105003625154495),
            tl.where(b0, -0.18477343022823334, -0.28444138169288635),
        ),
        tl.where(
            b1,
            tl.where(b0, -0.39491748809814453, -0.5250730514526367),
            tl.where(b0, -0.6961928009986877, -1.0),
        ),
    )
    high = tl.where(
        b2,
        tl.where(
            b1,
            tl.where(b0, 1.0, 0.7229568362236023),
            tl.where(b0, 0.5626170039176941, 0.44070982933044434),
        ),
        tl.where(
            b1,
            tl.where(b0, 0.33791524171829224, 0.24611230194568634),
            tl.where(b0, 0.16093020141124725, 0.07958029955625534),
        ),
    )
    return tl.where(b3, high, low)


@triton.jit
def _rounded_product(a, b, USE_ASM: tl.constexpr):
    """Multiply and round, whatever is added later: PTX's mul.rn is never fused."""
    if USE_ASM:
        return tl.inline_asm_elementwise(
            "mul.rn.f32 $0, $1, $2;", "=f,f,f", [a, b], dtype=tl.float32, is_pure=True, pack=1
        )
    else:
        return a * b


@triton.jit
def _dequantize(
    packed, absmax, code2, absmax2, offset, out, numel, units_in_all,
    BLOCKSIZE: tl.constexpr, BLOCKS: tl.constexpr, WORD: tl.constexpr, LOOK_UP: tl.constexpr, USE_ASM: tl.constexpr,
):  # fmt: skip
    """Turn BLOCKS blocks into weights; WORD bytes are read in one piece."""
    UNITS: tl.constexpr = BLOCKSIZE // (2 * WORD)
    PER_UNIT: tl.constexpr = 2 * WORD
    first = tl.program_id(0).to(tl.int64) * BLOCKS
    blocks = first + tl.arange(0, BLOCKS)
    starts = blocks * BLOCKSIZE

    # The long wait is for the words: they are asked for first, and two loads in a row find the scale meanwhile.
    units = blocks[:, None] * UNITS + tl.arange(0, UNITS)[None, :]
    # Compared with a number of its own unit: the compiler sees that neighbours agree, and keeps loads of 16 bytes.
    words = tl.load(packed + units, mask=units < units_in_all, other=0, eviction_policy="evict_first")

    # One group of 256 blocks shares a scale of scales, and no program reaches into two of them.
    index = tl.load(absmax + blocks, mask=starts < numel, other=0, eviction_policy="evict_last")
    scale2 = tl.load(absmax2 + first // 256, eviction_policy="evict_last")
    mean = tl.load(offset, eviction_policy="evict_last")
    scale = _rounded_product(tl.load(code2 + index.to(tl.int32), eviction_policy="evict_last"), scale2, USE_ASM) + mean

    if LOOK_UP:
        TEXT: tl.constexpr = LOOK_UP_HALVES if out.dtype.element_ty == tl.float16 else LOOK_UP_BFLOATS
        first_pair, second_pair, third_pair, fourth_pair = tl.inline_asm_elementwise(
            TEXT, "=r,=r,=r,=r,r,f", [words, tl.broadcast_to(scale[:, None], (BLOCKS, UNITS))],
            dtype=(tl.int32, tl.int32, tl.int32, tl.int32), is_pure=True, pack=1,
        )  # fmt: skip
        pairs = tl.join(tl.join(first_pair, third_pair), tl.join(second_pair, fourth_pair))
        targets = units[:, :, None] * 4 + tl.arange(0, 4)[None, None, :]
        pairs = tl.reshape(pairs, (BLOCKS, UNITS, 4))
        tl.store(out.to(tl.pointer_type(tl.int32)) + targets, pairs, mask=units[:, :, None] < units_in_all)
    else:
        # Weight 2j is the high nibble of byte j, and the lowest byte of a word comes first.
        place = tl.arange(0, PER_UNIT)
        shifts = (place // 2) * 8 + 4 - (place % 2) * 4
        nibbles = (words.to(tl.int32)[:, :, None] >> shifts[None, None, :]) & 15
        spread = tl.broadcast_to(scale[:, None, None], (BLOCKS, UNITS, PER_UNIT))
        weights = _rounded_product(_code(nibbles), spread, USE_ASM)
        targets = units[:, :, None] * PER_UNIT + place[None, None, :]
        tl.store(out + targets, weights.to(out.dtype.element_ty), mask=targets < numel)


def _launch(
    packed: torch.Tensor, absmax: torch.Tensor, code2: torch.Tensor, absmax2: torch.Tensor, offset: torch.Tensor,
    shape: list[int], blocksize: int, dtype: torch.dtype,
) -> torch.Tensor:  # fmt: skip
    """Launch the kernel once."""
    out = torch.empty(shape, dtype=dtype, device=packed.device)
    numel = out.numel()
    word = 4 if packed.numel() % 4 == 0 and blocksize % 8 == 0 else 1
    use_asm = not triton.knobs.runtime.interpret
    look_up = use_asm and word == 4 and numel % 8 == 0 and torch.cuda.get_device_capability(packed.device) >= (8, 0)
    blocks = max(1, MOST_WEIGHTS // blocksize)
    grid = (triton.cdiv(triton.cdiv(numel, blocksize), blocks),)
    _dequantize[grid](
        packed.view(-1).view(torch.int32) if word == 4 else packed.view(-1), absmax, code2, absmax2, offset, out, numel,
        triton.cdiv(numel, 2 * word), BLOCKSIZE=blocksize, BLOCKS=blocks, WORD=word, LOOK_UP=look_up, USE_ASM=use_asm,
        num_warps=4, enable_fp_fusion=False,
    )  # fmt: skip
    return out


_op = torch.library.custom_op("nf4_reference::dequantize", _launch, mutates_args=())
"""The launch, known to torch by name, so that torch.compile traces around it."""


@_op.register_fake
def _(packed, absmax, code2, absmax2, offset, shape, blocksize, dtype):
    return packed.new_empty(shape, dtype=dtype)


def dequantize(packed: torch.Tensor, state) -> torch.Tensor:
    """Give the weights of a bitsandbytes NF4 state with double quantisation."""
    inner = state.state2
    # Outside of a compiled function the dispatcher would only add to the time of a launch.
    launch = _op if torch.compiler.is_compiling() else _launch
    return launch(
        packed, state.absmax, inner.code, inner.absmax, state.offset, list(state.shape), state.blocksize, state.dtype
    )
