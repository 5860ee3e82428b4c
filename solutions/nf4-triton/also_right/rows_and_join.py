"""Another honest way: bytes in rows of blocks, nibbles joined, the codes read from the state's own table.

Each byte gives two weights that `tl.join` puts side by side; a program takes some rows of one block each.
"""

# expect:
#   values: passed
#   blocks: passed
#   fresh: passed
#   one-kernel: passed
#   traffic: passed
#   no-buffer: passed
#   resources: failed too_slow
#   asm: failed compile
#   eviction: passed
#   int64: passed

import torch
import triton
import triton.language as tl

BYTES = 2048


@triton.jit
def _rows(
    packed, absmax, code2, absmax2, offset, code, out, bytes_in_all, numel, HALF: tl.constexpr, ROWS: tl.constexpr
):
    rows = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    known = rows * HALF < bytes_in_all
    index = tl.load(absmax + rows, mask=known, other=0).to(tl.int32)
    product = tl.load(code2 + index, eviction_policy="evict_last") * tl.load(
        absmax2 + rows // 256, mask=known, other=0.0
    )
    scale = (product + tl.load(offset))[:, None]
    places = rows[:, None] * HALF + tl.arange(0, HALF)[None, :]
    both = tl.load(packed + places, mask=places < bytes_in_all, other=0, eviction_policy="evict_first").to(tl.int32)
    high = tl.load(code + (both >> 4), eviction_policy="evict_last") * scale
    low = tl.load(code + (both & 15), eviction_policy="evict_last") * scale
    pairs = tl.join(high.to(out.dtype.element_ty), low.to(out.dtype.element_ty))
    targets = (2 * places)[:, :, None] + tl.arange(0, 2)[None, None, :]
    tl.store(out + targets, pairs, mask=targets < numel)


def dequantize(packed: torch.Tensor, state) -> torch.Tensor:
    """Give the weights of a bitsandbytes NF4 state with double quantisation."""
    inner, out = state.state2, torch.empty(state.shape, dtype=state.dtype, device=packed.device)
    half = state.blocksize // 2
    rows = max(1, BYTES // half)
    grid = (triton.cdiv(packed.numel(), half * rows),)
    _rows[grid](
        packed, state.absmax, inner.code, inner.absmax, state.offset, state.code, out, packed.numel(), out.numel(),
        HALF=half, ROWS=rows, enable_fp_fusion=False,
    )  # fmt: skip
    return out
