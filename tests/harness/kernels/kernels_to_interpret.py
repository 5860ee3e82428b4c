"""A submission of many small kernels, right and wrong ones, for the tests of the interpreter's guest."""

# ruff: noqa: SIM108, ANN001, ANN002, ANN201, ANN202, N803, BLE001
# It is written as learners write.

import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice
from triton.tools.tensor_descriptor import TensorDescriptor

WIDTH: tl.constexpr = tl.constexpr(32)


@triton.jit
def _twice(x):
    return x + x


@triton.jit
def add_kernel(x, y, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    total = tl.load(x + offsets, mask=mask) + tl.load(y + offsets, mask=mask)
    tl.store(out + offsets, total, mask=mask)


@triton.jit
def no_mask_kernel(x, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + offsets, _twice(tl.load(x + offsets)), mask=offsets < n)


@triton.jit
def product_bf16_kernel(x, y, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    tl.store(out + offsets, tl.load(x + offsets, mask=mask) * tl.load(y + offsets, mask=mask) + 1.5, mask=mask)


@triton.jit
def narrow_kernel(x, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    tl.store(out + offsets, tl.load(x + offsets, mask=mask).to(tl.bfloat16), mask=mask)


@triton.jit
def sum_kernel(x, out, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    at = tl.arange(0, ROWS)[:, None] * COLUMNS + tl.arange(0, COLUMNS)[None, :]
    tl.store(out + tl.arange(0, ROWS), tl.sum(tl.load(x + at), axis=1))


@triton.jit
def dot_kernel(a, b, out, N: tl.constexpr):
    at = tl.arange(0, N)[:, None] * N + tl.arange(0, N)[None, :]
    tl.store(out + at, tl.dot(tl.load(a + at), tl.load(b + at)))


@triton.jit
def table_kernel(table, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + offsets, tl.load(table + offsets % 16), mask=offsets < n)


@triton.jit
def atomic_kernel(x, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    tl.atomic_add(out, tl.sum(tl.load(x + offsets, mask=mask, other=0.0)))


@triton.jit
def block_pointer_kernel(x, out, n, BLOCK: tl.constexpr):
    start = tl.program_id(0) * BLOCK
    source = tl.make_block_ptr(x, (n,), (1,), (start,), (BLOCK,), (0,))
    target = tl.make_block_ptr(out, (n,), (1,), (start,), (BLOCK,), (0,))
    tl.store(target, 2 * tl.load(source, boundary_check=(0,)), boundary_check=(0,))


@triton.jit
def asm_kernel(x, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + offsets, mask=offsets < n)
    value = tl.inline_asm_elementwise("add.f32 $0, $1, $1;", "=f,f", [value], tl.float32, True, 1)
    tl.store(out + offsets, value, mask=offsets < n)


@triton.jit
def libdevice_kernel(x, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + offsets, libdevice.rint(tl.load(x + offsets, mask=offsets < n)), mask=offsets < n)


@triton.autotune([triton.Config({"BLOCK": 64}), triton.Config({"BLOCK": 32}), triton.Config({"BLOCK": 16})], key=["n"])
@triton.jit
def tuned_kernel(x, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    factor = 3.0 if BLOCK == 16 else 2.0
    tl.store(out + offsets, tl.load(x + offsets, mask=offsets < n) * factor, mask=offsets < n)


@triton.jit
def raising_kernel(x, out, n, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    wrong = tl.arange(0, 2 * BLOCK)
    tl.store(out + offsets, tl.load(x + offsets) + tl.load(x + wrong))


@triton.jit
def wide_kernel(x, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    tl.store(out + offsets, tl.load(x + offsets, mask=mask), mask=mask)


@triton.jit
def narrow_offsets_kernel(x, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    tl.store(out + offsets, tl.load(x + offsets, mask=mask), mask=mask)


@triton.jit
def fma_kernel(x, y, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    a, b = tl.load(x + offsets, mask=mask), tl.load(y + offsets, mask=mask)
    tl.store(out + offsets, tl.fma(a, b, -1.0), mask=mask)


@triton.jit
def descriptor_kernel(x, out, ROWS: tl.constexpr, COLUMNS: tl.constexpr, BLOCK: tl.constexpr):
    source = tl.make_tensor_descriptor(x, shape=[ROWS, COLUMNS], strides=[COLUMNS, 1], block_shape=[1, BLOCK])
    target = tl.make_tensor_descriptor(out, shape=[ROWS, COLUMNS], strides=[COLUMNS, 1], block_shape=[1, BLOCK])
    row = tl.program_id(0)
    for start in range(0, COLUMNS, BLOCK):
        target.store([row, start], source.load([row, start]) * 2)


@triton.jit
def given_descriptor_kernel(source, out, COLUMNS: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    value = source.load([row, 0])
    tl.store(out + row * COLUMNS + tl.arange(0, BLOCK), value.reshape(BLOCK))


@triton.jit(noinline=True)
def _scaled(value, factor: tl.constexpr):
    return value * factor


@triton.heuristics({"EVEN": lambda given: given["n"] % given["BLOCK"] == 0})
@triton.jit
def many_features_kernel(x, out, n, dtype: tl.constexpr, BLOCK: tl.constexpr, EVEN: tl.constexpr):
    start = tl.multiple_of(tl.program_id(axis=0) * BLOCK, BLOCK)
    at = start + tl.max_contiguous(tl.arange(0, BLOCK), BLOCK)
    tl.assume(n > 0)
    tl.static_assert(BLOCK % WIDTH == 0)
    if EVEN:
        value = tl.load(x + at, cache_modifier=".cg")
    else:
        value = tl.load(x + at, mask=at < n, other=0)
    high = (value >> 4).to(tl.int8, bitcast=True)
    both = tl.interleave(high, (value & 0x0F).to(tl.int8))
    tile = tl.trans(tl.permute(tl.reshape(both, (2 * BLOCK // WIDTH, WIDTH)), (1, 0)))
    total = tl.zeros(tile.shape, dtype=tl.float32)
    for _ in tl.range(0, 3, num_stages=2):
        total += _scaled(tile.to(tl.float32), 2)
    for step in tl.static_range(2):
        total = total + tl.full(total.shape, step, tl.float32)
    nothing = tl.max(total, axis=1) - tl.max(total, axis=1) + tl.cumsum(tl.sum(total, axis=1) * 0, axis=0)
    total = tl.where(total > 3, total, total + tl.broadcast_to(nothing[:, None], total.shape))
    first, second = tl.split(tl.reshape((total + tl.math.exp(total * 0) - 1).to(dtype), (BLOCK, 2)))
    where = start * 2 + tl.arange(0, BLOCK) * 2
    tl.store(out + where, first, mask=at < n, eviction_policy="evict_first")
    tl.store(out + where + 1, second, mask=at < n)


@triton.jit
def overlapping_kernel(x, out, n, BLOCK: tl.constexpr, STEP: tl.constexpr):
    offsets = tl.program_id(0) * STEP + tl.arange(0, BLOCK)
    mask = offsets < n
    tl.store(out + offsets, tl.load(x + offsets, mask=mask), mask=mask)


@triton.jit
def chained_kernel(x, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    before = tl.load(out + offsets - BLOCK, mask=(offsets >= BLOCK) & (offsets < n + BLOCK), other=0.0)
    tl.store(out + offsets, tl.load(x + offsets, mask=offsets < n) + before, mask=offsets < n)


def _launched(kernel, out, *arguments, block=64):
    kernel[(triton.cdiv(out.numel(), block),)](*arguments, out, out.numel(), BLOCK=block)
    return out


def add(x, y):
    return _launched(add_kernel, torch.empty_like(x), x, y)


def add_in_tiny_programs(x, y):
    return _launched(add_kernel, torch.empty_like(x), x, y, block=1)


def add_twice(x, y):
    return _launched(add_kernel, torch.empty_like(x), add(x, y), y)


def half_written(x, y):
    out = torch.empty_like(x)
    add_kernel[(1,)](x, y, out, x.numel() // 2, BLOCK=4096)
    return out


def out_of_bounds(x):
    return _launched(no_mask_kernel, torch.empty_like(x), x)


def hidden_fault(x):
    try:
        return out_of_bounds(x)
    except Exception:
        return 2 * x


def raises(x):
    return _launched(raising_kernel, torch.empty_like(x), x, block=4)


def product_bf16(x, y):
    return _launched(product_bf16_kernel, torch.empty_like(x), x, y)


def narrow(x):
    return _launched(narrow_kernel, torch.empty_like(x, dtype=torch.bfloat16), x)


def sum_bf16(x):
    out = torch.empty(x.shape[0], dtype=x.dtype)
    sum_kernel[(1,)](x, out, ROWS=x.shape[0], COLUMNS=x.shape[1])
    return out


def dot_bf16(a, b):
    out = torch.empty(a.shape, dtype=torch.float32)
    dot_kernel[(1,)](a, b, out, N=a.shape[0])
    return out


def looked_up(table):
    return _launched(table_kernel, torch.empty(256), table)


def atomic_sum(x):
    out = torch.zeros(1)
    atomic_kernel[(triton.cdiv(x.numel(), 64),)](x, out, x.numel(), BLOCK=64)
    return out


def by_block_pointer(x):
    return _launched(block_pointer_kernel, torch.empty_like(x), x)


def asm(x):
    return _launched(asm_kernel, torch.empty_like(x), x)


def rounded(x):
    return _launched(libdevice_kernel, torch.empty_like(x), x)


def tuned(x):
    out = torch.empty_like(x)
    tuned_kernel[lambda meta: (triton.cdiv(meta["n"], meta["BLOCK"]),)](x, out, x.numel())
    return out


def decoy(x, y):
    add(x, y)
    return torch.add(x, y)


def painted_over(x, y):
    out = add(x, y)
    out.mul_(2)
    return out


_KEPT = {}


def kept(x, y):
    out = _KEPT.setdefault("out", torch.empty_like(x))
    return _launched(add_kernel, out, x, y)


def without_kernel(x, y):
    return x + y


def copied(x):
    return _launched(wide_kernel, torch.empty_like(x), x, block=4096)


def copied_in_32_bits(x):
    return _launched(narrow_offsets_kernel, torch.empty_like(x), x, block=4096)


def versions():
    return torch.tensor([int(part) for part in triton.__version__.split(".")[:2]])


def fused(x, y):
    return _launched(fma_kernel, torch.empty_like(x), x, y)


def by_descriptor(x):
    out = torch.empty_like(x)
    descriptor_kernel[(x.shape[0],)](x, out, ROWS=x.shape[0], COLUMNS=x.shape[1], BLOCK=32)
    return out


def by_given_descriptor(x):
    out = torch.empty_like(x)
    source = TensorDescriptor.from_tensor(x, [1, x.shape[1]])
    given_descriptor_kernel[(x.shape[0],)](source, out, COLUMNS=x.shape[1], BLOCK=x.shape[1])
    return out


@torch.library.custom_op("kernels_to_interpret::add", mutates_args=())
def registered_add(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return add(x, y)


@torch.library.custom_op("kernels_to_interpret::decoy", mutates_args=())
def registered_decoy(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return decoy(x, y)


@torch.library.triton_op("kernels_to_interpret::wrapped", mutates_args=())
def registered_wrapped(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    torch.library.wrap_triton(wide_kernel)[(triton.cdiv(x.numel(), 4096),)](x, out, x.numel(), BLOCK=4096)
    return out


def add_by_operator(x, y):
    return registered_add(x, y)


def decoy_by_operator(x, y):
    return registered_decoy(x, y)


def copied_by_operator(x):
    return registered_wrapped(x)


def on_a_gpu(x):
    return _launched(wide_kernel, torch.empty_like(x, device="cuda"), x)


def many_features(x):
    out = torch.empty(x.numel() * 2, dtype=torch.bfloat16, device=x.device)
    grid = lambda meta: (triton.cdiv(meta["n"], meta["BLOCK"]),)  # noqa: E731
    many_features_kernel[grid](x, out, x.numel(), tl.bfloat16, BLOCK=256, num_warps=8, num_stages=2)
    return out


def overlapping(x):
    out = torch.empty_like(x)
    overlapping_kernel[(10,)](x, out, x.numel(), BLOCK=128, STEP=100)
    return out


def chained(x):
    return _launched(chained_kernel, torch.empty_like(x), x, block=128)
