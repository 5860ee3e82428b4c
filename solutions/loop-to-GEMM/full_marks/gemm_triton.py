"""Matrix product on the GPU in Triton: persistent programs with tensor descriptors on Hopper, grouped tiles before it.

The last rungs of the ladder, in the order in which they pay:

1. A tile of C for each program, its sums in registers, multiplied by the tensor cores (`tl.dot`). The tile sets how
   often an element is used once it is loaded: 128 x 256 makes 128 * 256 / (128 + 256) = 85 multiply-adds of each.
2. Neighbouring tiles at the same time, in groups of `group_rows`: programs find each other's operands in L2.
3. Loads that run ahead of the arithmetic, into `num_stages` buffers in shared memory: on Ampere by cp.async, on Hopper
   by the tensor memory accelerator (TMA), where one thread asks for a whole tile and no register holds an address.
4. Persistent programs, as many as finish together, that walk from tile to tile.

A is (m, k), B is (k, n), C is (m, n). A tile of C has tile_m rows and tile_n columns; it is summed in fp32, tile_k of
k at a time.
"""

from typing import Any

import torch
import triton
import triton.language as tl
from triton.tools.tensor_descriptor import TensorDescriptor

HOPPER = (9, 0)
DTYPES = (torch.float16, torch.bfloat16)
ELEMENT_BYTES = 2
# TMA takes matrices whose rows are contiguous and start at multiples of this.
TMA_BYTES = 16
# Triton takes a stride or size for aligned when it is a multiple of 16, whatever the dtype.
POINTER_ELEMENTS = 16


def gemm_cuda(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The product C = A B on one GPU.

    Args:
        a: A, shape (m, k), fp16 or bf16, on a CUDA device; any strides.
        b: B, shape (k, n), same dtype and device; any strides.

    Returns:
        C, shape (m, n), contiguous, in the dtype of the operands, rounded once from sums in fp32; zeros where k = 0.

    Raises:
        TypeError: the dtypes differ, or are not fp16 or bf16.
        ValueError: the shapes do not fit, or the tensors are not on one CUDA device.
    """
    _check(a, b)
    if a.numel() == 0 or b.numel() == 0:
        return a.new_zeros(a.shape[0], b.shape[1])
    with torch.cuda.device(a.device):
        if torch.cuda.get_device_capability() >= HOPPER:
            return _multiply_with_descriptors(a, b)
        return _multiply_with_pointers(a, b)


def _check(a: torch.Tensor, b: torch.Tensor) -> None:
    if a.dtype != b.dtype or a.dtype not in DTYPES:
        raise TypeError(f"gemm_cuda takes two fp16 or two bf16 tensors, not {a.dtype} and {b.dtype}; cast one of them")
    if a.dim() != 2 or b.dim() != 2 or a.shape[1] != b.shape[0]:
        raise ValueError(f"A of shape (m, k) and B of shape (k, n) needed, not {tuple(a.shape)} and {tuple(b.shape)}")
    if not a.is_cuda or a.device != b.device:
        raise ValueError(f"both operands must be on one CUDA device, not on {a.device} and {b.device}")


def _ceil_div(size: int, part: int) -> int:
    # triton.cdiv says the same on the host, but serves the compiler too and takes microseconds for it.
    return -(-size // part)


@triton.jit
def _tile_position(
    tile: tl.tensor, tiles_m: tl.tensor, tiles_n: tl.tensor, group_rows: tl.constexpr
) -> tuple[tl.tensor, tl.tensor]:
    """Row and column of a tile: down `group_rows` rows, then one column on: what runs together is near-square."""
    tiles_in_group = group_rows * tiles_n
    first_row = tile // tiles_in_group * group_rows
    rows = min(tiles_m - first_row, group_rows)
    within = tile % tiles_in_group
    return first_row + within % rows, within // rows


def _that_fit(configs: list[triton.Config], _arguments: dict[str, Any], **_options: Any) -> list[triton.Config]:
    """The configurations whose buffers fit a block's shared memory: 227 KiB on an H100, 99 KiB on small cards."""
    device = triton.runtime.driver.active.get_current_device()
    limit_bytes = triton.runtime.driver.active.utils.get_device_properties(device)["max_shared_mem"]

    def buffer_bytes(config: triton.Config) -> int:
        tile_m, tile_n, tile_k = (config.kwargs[name] for name in ("tile_m", "tile_n", "tile_k"))
        return (tile_m + tile_n) * tile_k * ELEMENT_BYTES * config.num_stages

    return [config for config in configs if buffer_bytes(config) <= limit_bytes]


# ---- Hopper and newer: persistent programs, operands fetched by TMA ----


def _set_blocks(arguments: dict[str, Any]) -> None:
    """Tells the descriptors the tile sizes of the configuration that is about to run."""
    tile_m, tile_n, tile_k = (arguments[name] for name in ("tile_m", "tile_n", "tile_k"))
    arguments["a"].block_shape = [tile_k, tile_m] if arguments["a_transposed"] else [tile_m, tile_k]
    arguments["b"].block_shape = [tile_n, tile_k] if arguments["b_transposed"] else [tile_k, tile_n]
    arguments["c"].block_shape = [tile_m, tile_n // 2 if arguments["halves"] else tile_n]


def _persistent(tiles: tuple[int, int, int], num_stages: int, num_warps: int, **how: bool) -> triton.Config:
    kwargs = dict(zip(("tile_m", "tile_n", "tile_k"), tiles, strict=True)) | how
    return triton.Config(kwargs, num_stages=num_stages, num_warps=num_warps, pre_hook=_set_blocks)


@triton.autotune(
    [
        # Two warpgroups, 128 sums a thread: the largest tile without a spill, and the one for large products.
        _persistent((128, 256, 64), num_stages=3, num_warps=8, flatten=False, halves=False),
        # For small k: the pipeline runs on into the next tile, C leaves in halves to make room for a fourth stage.
        _persistent((128, 256, 64), num_stages=4, num_warps=8, flatten=True, halves=True),
        # For few tiles, and the last for cards with little shared memory.
        _persistent((128, 128, 64), num_stages=4, num_warps=8, flatten=True, halves=False),
        _persistent((64, 128, 64), num_stages=3, num_warps=4, flatten=True, halves=False),
    ],
    key=["m", "n", "k"],
    prune_configs_by={"early_config_prune": _that_fit},
)
@triton.jit(do_not_specialize=["m", "n", "k"])
def _descriptor_kernel(  # noqa: PLR0913, PLR0917 (a kernel takes its tile sizes as arguments)
    a: tl.tensor_descriptor,
    b: tl.tensor_descriptor,
    c: tl.tensor_descriptor,
    m: tl.tensor,
    n: tl.tensor,
    k: tl.tensor,
    a_transposed: tl.constexpr,
    b_transposed: tl.constexpr,
    tile_m: tl.constexpr,
    tile_n: tl.constexpr,
    tile_k: tl.constexpr,
    group_rows: tl.constexpr,
    flatten: tl.constexpr,
    halves: tl.constexpr,
) -> None:
    """C = A B; an operand that lies transposed in memory is described as it lies, and turned round in shared memory.

    Loads outside a matrix give zeros and stores outside it are dropped, so ragged edges need no mask.
    """
    tiles_m = tl.cdiv(m, tile_m)
    tiles_n = tl.cdiv(n, tile_n)
    for tile in tl.range(tl.program_id(0), tiles_m * tiles_n, tl.num_programs(0), flatten=flatten):
        tile_row, tile_column = _tile_position(tile, tiles_m, tiles_n, group_rows)
        row = tile_row * tile_m
        column = tile_column * tile_n
        sums = tl.zeros((tile_m, tile_n), tl.float32)
        for step in range(tl.cdiv(k, tile_k)):
            depth = step * tile_k
            left = a.load([depth, row]).T if a_transposed else a.load([row, depth])
            right = b.load([column, depth]).T if b_transposed else b.load([depth, column])
            sums = tl.dot(left, right, sums)
        if halves:
            pairs = tl.permute(tl.reshape(sums, (tile_m, 2, tile_n // 2)), (0, 2, 1))
            first, second = tl.split(pairs)
            c.store([row, column], first.to(c.dtype))
            c.store([row, column + tile_n // 2], second.to(c.dtype))
        else:
            c.store([row, column], sums.to(c.dtype))


def _multiply_with_descriptors(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    (m, k), n = a.shape, b.shape[1]
    a, a_transposed = _aligned_rows(a)
    b, b_transposed = _aligned_rows(b)
    c = _empty_aligned_rows(a, m, n)
    _descriptor_kernel[_even_waves](
        TensorDescriptor.from_tensor(a, [1, 1]),
        TensorDescriptor.from_tensor(b, [1, 1]),
        TensorDescriptor.from_tensor(c, [1, 1]),
        m,
        n,
        k,
        a_transposed,
        b_transposed,
        group_rows=8,
    )
    return c.contiguous()


def _even_waves(arguments: dict[str, Any]) -> tuple[int]:
    """As many programs as finish together: 512 tiles on 132 processors are 4 each for 128 programs, not 3 or 4 for 132.

    The processors left over cost nothing in the last round, and draw no power in the others.
    """
    tiles = _ceil_div(arguments["m"], arguments["tile_m"]) * _ceil_div(arguments["n"], arguments["tile_n"])
    rounds = _ceil_div(tiles, torch.cuda.get_device_properties().multi_processor_count)
    return (_ceil_div(tiles, rounds),)


def _aligned_rows(x: torch.Tensor) -> tuple[torch.Tensor, bool]:
    """What TMA can read of `x`: itself, its transpose (True) if that is what lies row by row in memory, or a copy."""
    transposed = x.stride(0) == 1 and x.stride(1) != 1
    rows = x.T if transposed else x
    pitch_bytes = rows.stride(0) * ELEMENT_BYTES
    aligned = rows.data_ptr() % TMA_BYTES == 0 and pitch_bytes % TMA_BYTES == 0
    if aligned and rows.stride(1) == 1 and rows.stride(0) >= rows.shape[1]:
        return rows, transposed
    return _empty_aligned_rows(x, *rows.shape).copy_(rows), transposed


def _empty_aligned_rows(like: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """An uninitialised matrix whose rows start at multiples of TMA_BYTES; contiguous where `columns` allows it."""
    elements = TMA_BYTES // ELEMENT_BYTES
    whole = like.new_empty(rows, _ceil_div(columns, elements) * elements)
    return whole if whole.shape[1] == columns else whole[:, :columns]


# ---- Before Hopper: one program for each tile, operands fetched through pointers ----


def _grouped(tiles: tuple[int, int, int], num_stages: int, num_warps: int) -> triton.Config:
    kwargs = dict(zip(("tile_m", "tile_n", "tile_k"), tiles, strict=True))
    return triton.Config(kwargs, num_stages=num_stages, num_warps=num_warps)


@triton.autotune(
    [_grouped((128, 256, 32), 4, 8), _grouped((128, 128, 32), 4, 4), _grouped((64, 64, 32), 5, 4)],
    key=["m", "n", "k"],
    prune_configs_by={"early_config_prune": _that_fit},
)
@triton.heuristics({"whole_steps": lambda arguments: arguments["k"] % arguments["tile_k"] == 0})
@triton.jit
def _pointer_kernel(  # noqa: PLR0913, PLR0917 (a kernel takes its tile sizes as arguments)
    a: tl.tensor,
    b: tl.tensor,
    c: tl.tensor,
    m: tl.tensor,
    n: tl.tensor,
    k: tl.tensor,
    a_row_stride: tl.tensor,
    a_column_stride: tl.tensor,
    b_row_stride: tl.tensor,
    b_column_stride: tl.tensor,
    tile_m: tl.constexpr,
    tile_n: tl.constexpr,
    tile_k: tl.constexpr,
    group_rows: tl.constexpr,
    whole_steps: tl.constexpr,
) -> None:
    """C = A B; strides are in elements, C is contiguous.

    Rows and columns outside the matrices wrap round to ones inside, whose sums are not stored. Only along k, which is
    summed over, is a mask needed, and none when k is a whole number of steps.
    """
    tile_row, tile_column = _tile_position(tl.program_id(0), tl.cdiv(m, tile_m), tl.cdiv(n, tile_n), group_rows)
    rows = tile_row * tile_m + tl.arange(0, tile_m)
    columns = tile_column * tile_n + tl.arange(0, tile_n)
    depths = tl.arange(0, tile_k)
    # In 64 bits: an element may lie beyond 2**31.
    left_at = a + (rows % m).to(tl.int64)[:, None] * a_row_stride + depths[None, :] * a_column_stride
    right_at = b + depths[:, None] * b_row_stride + (columns % n).to(tl.int64)[None, :] * b_column_stride
    sums = tl.zeros((tile_m, tile_n), tl.float32)
    for step in range(tl.cdiv(k, tile_k)):
        if whole_steps:
            left, right = tl.load(left_at), tl.load(right_at)
        else:
            inside = depths < k - step * tile_k
            left = tl.load(left_at, mask=inside[None, :], other=0.0)
            right = tl.load(right_at, mask=inside[:, None], other=0.0)
        sums = tl.dot(left, right, sums)
        left_at += tile_k * a_column_stride
        right_at += tile_k * b_row_stride
    c_at = c + rows.to(tl.int64)[:, None] * n + columns[None, :]
    tl.store(c_at, sums.to(c.dtype.element_ty), mask=(rows < m)[:, None] & (columns < n)[None, :])


def _multiply_with_pointers(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    m, n = a.shape[0], b.shape[1]
    a, b = _whole_vectors(a), _whole_vectors(b)
    c = a.new_empty(a.shape[0], b.shape[1])

    def grid(arguments: dict[str, Any]) -> tuple[int]:
        return (_ceil_div(c.shape[0], arguments["tile_m"]) * _ceil_div(c.shape[1], arguments["tile_n"]),)

    _pointer_kernel[grid](a, b, c, *c.shape, a.shape[1], *a.stride(), *b.stride(), group_rows=8)
    return c[:m, :n].contiguous()


def _whole_vectors(x: torch.Tensor) -> torch.Tensor:
    """`x` if its elements can be loaded eight at a time, else a copy, with zeros added up to multiples of 16.

    Element by element the loads would cost more than the copy, and their addresses more registers than there are.
    """
    strides = sorted(x.stride())
    sizes_fit = all(size % POINTER_ELEMENTS == 0 for size in x.shape)
    if strides[0] == 1 and strides[1] % POINTER_ELEMENTS == 0 and sizes_fit and x.data_ptr() % TMA_BYTES == 0:
        return x
    padded = x.new_zeros([_ceil_div(size, POINTER_ELEMENTS) * POINTER_ELEMENTS for size in x.shape])
    padded[: x.shape[0], : x.shape[1]] = x
    return padded
