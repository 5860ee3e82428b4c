"""NF4 with double quantisation to fp16 or bf16 in one kernel, to the bit.

A program takes whole blocks of one group of scales, reads packed weights as 32-bit words (16 bytes a thread), and
spreads each word over a third axis of 8 weights, so that a thread owns 8 neighbours and stores them in one piece.
The code of a nibble is gathered from a table of 16 that lies in shared memory, each entry in a bank of its own: one
instruction a weight and no conflict. Product and sum are rounded apart, as bitsandbytes rounds them: a fused
multiply-add differs in about one weight of a million.
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

import torch
import triton
import triton.language as tl

WEIGHTS_A_WARP = 1024
"""32 a thread. A program of one warp never waits for another one, and small programs keep more loads on their way."""


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
    packed, absmax, code2, absmax2, offset, code, out, numel, units_in_all,
    BLOCKSIZE: tl.constexpr, BLOCKS: tl.constexpr, WORD: tl.constexpr, USE_ASM: tl.constexpr,
):  # fmt: skip
    """Turn BLOCKS blocks into weights; WORD bytes are read in one piece."""
    PER_UNIT: tl.constexpr = 2 * WORD
    UNITS: tl.constexpr = BLOCKSIZE // PER_UNIT
    SIZE: tl.constexpr = BLOCKS * BLOCKSIZE
    first = tl.program_id(0).to(tl.int64) * BLOCKS
    blocks = first + tl.arange(0, BLOCKS)
    starts = blocks * BLOCKSIZE

    # One group of 256 blocks shares a scale of scales, and no program reaches into two of them.
    index = tl.load(absmax + blocks, mask=starts < numel, other=0, eviction_policy="evict_last")
    scale2 = tl.load(absmax2 + first // 256, eviction_policy="evict_last")
    mean = tl.load(offset, eviction_policy="evict_last")
    scale = _rounded_product(tl.load(code2 + index.to(tl.int32), eviction_policy="evict_last"), scale2, USE_ASM) + mean

    units = blocks[:, None] * UNITS + tl.arange(0, UNITS)[None, :]
    # Compared with a number of its own unit: the compiler sees that neighbours agree, and keeps loads of 16 bytes.
    words = tl.load(packed + units, mask=units < units_in_all, other=0, eviction_policy="evict_first")
    # Weight 2j is the high nibble of byte j, and the lowest byte of a word comes first.
    place = tl.arange(0, PER_UNIT)
    shifts = (place // 2) * 8 + 4 - (place % 2) * 4
    nibbles = (words.to(tl.int32)[:, :, None] >> shifts[None, None, :]) & 15

    table = tl.load(code + tl.arange(0, 16), eviction_policy="evict_last")
    codes = tl.gather(table, tl.reshape(nibbles, (SIZE,)), 0)
    spread = tl.broadcast_to(scale[:, None, None], (BLOCKS, UNITS, PER_UNIT))
    weights = _rounded_product(tl.reshape(codes, (BLOCKS, UNITS, PER_UNIT)), spread, USE_ASM)
    targets = units[:, :, None] * PER_UNIT + place[None, None, :]
    tl.store(out + targets, weights.to(out.dtype.element_ty), mask=targets < numel)


@torch.library.custom_op("nf4_reference::dequantize", mutates_args=())
def _op(
    packed: torch.Tensor, absmax: torch.Tensor, code2: torch.Tensor, absmax2: torch.Tensor, offset: torch.Tensor,
    code: torch.Tensor, shape: list[int], blocksize: int, dtype: torch.dtype,
) -> torch.Tensor:  # fmt: skip
    """Launch the kernel once; known to torch by name, so that torch.compile traces around it."""
    out = torch.empty(shape, dtype=dtype, device=packed.device)
    numel = out.numel()
    word = 4 if packed.numel() % 4 == 0 and blocksize % 8 == 0 else 1
    blocks = max(1, WEIGHTS_A_WARP // blocksize)
    grid = (triton.cdiv(triton.cdiv(numel, blocksize), blocks),)
    _dequantize[grid](
        packed.view(-1).view(torch.int32) if word == 4 else packed.view(-1), absmax, code2, absmax2, offset, code, out,
        numel, triton.cdiv(numel, 2 * word), BLOCKSIZE=blocksize, BLOCKS=blocks, WORD=word,
        USE_ASM=not triton.knobs.runtime.interpret, num_warps=max(1, blocksize // WEIGHTS_A_WARP), enable_fp_fusion=False,
    )  # fmt: skip
    return out


@_op.register_fake
def _(packed, absmax, code2, absmax2, offset, code, shape, blocksize, dtype):
    return packed.new_empty(shape, dtype=dtype)


def dequantize(packed: torch.Tensor, state) -> torch.Tensor:
    """Give the weights of a bitsandbytes NF4 state with double quantisation."""
    inner = state.state2
    return _op(
        packed, state.absmax, inner.code, inner.absmax, state.offset, state.code, list(state.shape), state.blocksize,
        state.dtype,
    )  # fmt: skip
