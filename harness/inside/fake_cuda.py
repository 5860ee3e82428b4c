"""Runs host code for a CUDA GPU where there is none, without values: fake tensors, a fake card, a fake Triton driver.

Inside `fake_card(capability)` a tensor with device `cuda` has a shape, a stride and a dtype but no memory, and whoever
asks torch or Triton about the GPU hears of a common card of that capability. It is meant for the host side of a Triton
kernel: the wrapper that checks shapes, allocates the output and works out the grid.

NOT covered: values (`.item()`, `if tensor.sum() > 0` raise torch's DataDependentOutputException), autograd (the block
runs under `torch.no_grad`, since CPU builds of torch abort when they build a graph over such tensors), streams and
events that are more than names, and code that asked for the card before the block, at import say, and kept the answer.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import EllipsisType, SimpleNamespace
from typing import Any
from unittest import mock

import torch
from torch._library.triton import set_wrap_triton_enabled
from torch._subclasses import fake_tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.overrides import TorchFunctionMode
from triton.backends.compiler import GPUTarget
from triton.runtime.driver import driver

from harness.inside.registered import behind

# Fake storages begin at multiples of every alignment that a kernel may ask for, as cudaMalloc's do, and so far from
# each other that an offset which has overflowed 32 bits ends in none of them.
BASE_ADDRESS, GAP_BYTES, ALIGNMENT_BYTES = 1 << 40, 1 << 38, 512


@dataclass(frozen=True)
class Card:
    """A GPU as torch and Triton describe it; `shared_bytes` is the most that one block may opt in to."""

    name: str
    multiprocessors: int
    shared_bytes: int
    l2_bytes: int
    memory_bytes: int


# Sources: the architecture whitepapers, and table "Technical Specifications per Compute Capability" of the CUDA guide.
CARDS: Mapping[int, Card] = {
    75: Card("Tesla T4", 40, 64 << 10, 4 << 20, 15 << 30),
    80: Card("NVIDIA A100-SXM4-80GB", 108, 163 << 10, 40 << 20, 80 << 30),
    86: Card("NVIDIA A10", 72, 99 << 10, 6 << 20, 24 << 30),
    89: Card("NVIDIA L4", 58, 99 << 10, 48 << 20, 24 << 30),
    90: Card("NVIDIA H100 80GB HBM3", 132, 227 << 10, 50 << 20, 80 << 30),
    100: Card("NVIDIA B200", 148, 227 << 10, 126 << 20, 180 << 30),
    120: Card("NVIDIA GeForce RTX 5090", 170, 99 << 10, 96 << 20, 32 << 30),
}


@contextlib.contextmanager
def fake_card(capability: int) -> Iterator[Card]:
    """Runs the block as if the machine had one GPU of `capability` (90 for 9.0).

    Raises:
        ValueError: there is no card of that capability in `CARDS`.
    """
    if capability not in CARDS:
        raise ValueError(f"no card of capability {capability} is known; choose one of {', '.join(map(str, CARDS))}")
    card = CARDS[capability]
    # Made before anything is replaced: it imports torch._dynamo, which reads torch.cuda.
    # A wrapper may hold real constants (a lookup table on the CPU, say); they are taken for what they look like.
    fake_tensors = _FakeTensors(allow_non_fake_inputs=True)
    with contextlib.ExitStack() as stack:
        stack.callback(_ADDRESSES.clear)
        for name, value in _torch_cuda(card, capability).items():
            stack.enter_context(mock.patch.object(torch.cuda, name, value))
        stack.enter_context(mock.patch.object(driver, "_active", _triton_driver(card, capability)))
        # A build of torch with CUDA would start the driver for the first tensor on a GPU, and here is none.
        stack.enter_context(mock.patch.object(fake_tensor, "init_gpu_context", _nothing))
        stack.enter_context(torch.no_grad())
        # A kernel wrapped for torch.compile is launched as it is: nothing is traced here.
        stack.enter_context(set_wrap_triton_enabled(False))
        stack.enter_context(fake_tensors)
        stack.enter_context(_StandIns())
        yield card


def fake_like(value: Any) -> Any:
    """An argument for use inside `fake_card`: tensors become fake CUDA tensors, also within lists, tuples and dicts.

    Shape, stride, dtype and the offset within the storage are kept; values are not.
    """
    if isinstance(value, torch.Tensor):
        storage = torch.empty(_span(value), dtype=value.dtype, device="cuda")
        return torch.as_strided(storage, value.shape, value.stride(), value.storage_offset())
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(fake_like(item) for item in value)
    if isinstance(value, dict):
        return {key: fake_like(item) for key, item in value.items()}
    return value


def address_of(storage: torch.UntypedStorage) -> int:
    """Where a fake storage begins; no two of one `fake_card` block overlap."""
    if storage._cdata not in _ADDRESSES:
        last = max((start + kept.nbytes() for start, kept in _ADDRESSES.values()), default=BASE_ADDRESS - GAP_BYTES)
        start = -(-(last + GAP_BYTES) // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
        # The storage is kept: its key would be given to another one otherwise.
        _ADDRESSES[storage._cdata] = start, storage
    return _ADDRESSES[storage._cdata][0]


_ADDRESSES: dict[int, tuple[int, torch.UntypedStorage]] = {}


def _span(value: torch.Tensor) -> int:
    """Elements from the start of the storage to the last one that `value` reaches."""
    reach = sum((size - 1) * stride for size, stride in zip(value.shape, value.stride(), strict=True))
    return int(value.storage_offset() + (reach + 1 if value.numel() else 0))


def _torch_cuda(card: Card, capability: int) -> dict[str, Any]:
    """What `torch.cuda` answers inside the block, by name."""
    properties = SimpleNamespace(
        name=card.name,
        major=capability // 10,
        minor=capability % 10,
        total_memory=card.memory_bytes,
        multi_processor_count=card.multiprocessors,
        max_threads_per_multi_processor=1024 if capability == 75 else 1536 if capability in (86, 89, 120) else 2048,
        regs_per_multiprocessor=65536,
        shared_memory_per_block_optin=card.shared_bytes,
        L2_cache_size=card.l2_bytes,
        warp_size=32,
    )
    stream = SimpleNamespace(cuda_stream=0, synchronize=_nothing, wait_stream=_nothing)
    return {
        "is_available": lambda: True,
        "device_count": lambda: 1,
        "current_device": lambda: 0,
        "set_device": _nothing,
        "synchronize": _nothing,
        "_lazy_init": _nothing,
        "_exchange_device": lambda _device: 0,
        "_maybe_exchange_device": lambda _device: 0,
        "current_stream": lambda _device=None: stream,
        "stream": lambda _stream=None: contextlib.nullcontext(),
        "get_device_name": lambda _device=None: card.name,
        "get_device_capability": lambda _device=None: (capability // 10, capability % 10),
        "get_device_properties": lambda _device=None: properties,
        "mem_get_info": lambda _device=None: (card.memory_bytes, card.memory_bytes),
    }


def _triton_driver(card: Card, capability: int) -> SimpleNamespace:
    """What `triton.runtime.driver.active` is inside the block; it can describe the card and launch nothing."""
    properties = {
        "max_shared_mem": card.shared_bytes,
        "max_num_regs": 65536,
        "multiprocessor_count": card.multiprocessors,
        "warpSize": 32,
    }
    return SimpleNamespace(
        get_current_device=lambda: 0,
        set_current_device=_nothing,
        get_current_stream=lambda _device=None: 0,
        get_current_target=lambda: GPUTarget("cuda", capability, 32),
        get_device_capability=lambda _device=None: (capability // 10, capability % 10),
        get_active_torch_device=lambda: torch.device("cuda", 0),
        get_device_interface=lambda: torch.cuda,
        utils=SimpleNamespace(get_device_properties=lambda _device: properties),
    )


def _nothing(*_arguments: Any, **_options: Any) -> None:
    """Stands for what has no effect here."""


class _FakeTensors(FakeTensorMode):
    """Torch's fake tensors, told to touch no GPU although `torch.cuda.is_available()` says that there is one."""

    @property
    def avoid_device_init(self) -> bool:
        """Whether a tensor that is made on the GPU is never really made there: always."""
        return True

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Enters an operator that the submission has registered, for the sake of the kernels that it launches."""
        kernel = behind(func, "cuda")
        if kernel is None or not kernel.is_own:
            return super().__torch_dispatch__(func, types, args, kwargs)
        with self, _StandIns():
            return kernel.function(*args, **(kwargs or {}))


class _StandIns(TorchFunctionMode):
    """Replaces the few methods that switch the CUDA device in C++, before any fake tensor can step in.

    CPU builds of torch answer those with "PyTorch is not linked with support for cuda devices".
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        stand_in = _STAND_INS.get(func)
        return (stand_in or func)(*args, **(kwargs or {}))


def _data_ptr(tensor: torch.Tensor) -> int:
    """An address as well aligned as the real one would be: for multiples of 16 bytes Triton makes wider loads."""
    return address_of(tensor.untyped_storage()) + int(tensor.storage_offset()) * tensor.element_size()


def _contiguous(tensor: torch.Tensor, memory_format: torch.memory_format = torch.contiguous_format) -> torch.Tensor:
    if tensor.is_contiguous(memory_format=memory_format):
        return tensor
    return tensor.clone(memory_format=memory_format)


def _to(tensor: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
    if args and isinstance(args[0], torch.Tensor):
        return _to(tensor, args[0].device, args[0].dtype, *args[1:], **kwargs)
    copy = kwargs.pop("copy", False)
    device, dtype, _, memory_format = torch._C._nn._parse_to(*args, **kwargs)
    device, dtype = torch.device(device or tensor.device), dtype or tensor.dtype
    if not copy and device.type == tensor.device.type and dtype == tensor.dtype:
        return tensor if memory_format is None else _contiguous(tensor, memory_format)
    moved: torch.Tensor = torch.ops.aten._to_copy.default(
        tensor, device=device, dtype=dtype, memory_format=memory_format
    )
    return moved


def _cuda(tensor: torch.Tensor, *_arguments: Any, **_options: Any) -> torch.Tensor:
    return _to(tensor, "cuda")


def _copy(tensor: torch.Tensor, *_arguments: Any, **_options: Any) -> torch.Tensor:
    return tensor


def _new_tensor(tensor: torch.Tensor, data: Any, *, dtype: torch.dtype | None = None, **_options: Any) -> torch.Tensor:
    return torch.tensor(data, dtype=dtype or tensor.dtype, device=tensor.device)


def _getitem(tensor: torch.Tensor, index: Any) -> torch.Tensor:
    """Basic indexing, worked out on a twin without memory; indexing by tensors."""
    parts = index if isinstance(index, tuple) else (index,)
    if all(isinstance(part, torch.Tensor) for part in parts):
        gathered: torch.Tensor = torch.ops.aten.index.Tensor(tensor, list(parts))
        return gathered
    if not all(part is None or isinstance(part, (int, slice, EllipsisType)) for part in parts):
        raise NotImplementedError(
            f"indexing a tensor on a fake card by {index!r}: mixes of tensors, lists and slices are not supported; "
            "use index_select, or index in two steps"
        )
    twin = torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")
    view = torch.Tensor.__getitem__(twin, index)
    return torch.as_strided(tensor, view.shape, view.stride(), tensor.storage_offset() + view.storage_offset())


_STAND_INS: Mapping[Any, Callable[..., Any]] = {
    torch.Tensor.data_ptr: _data_ptr,
    torch.Tensor.contiguous: _contiguous,
    torch.Tensor.to: _to,
    torch.Tensor.cuda: _cuda,
    torch.Tensor.copy_: _copy,
    torch.Tensor.new_tensor: _new_tensor,
    torch.Tensor.__getitem__: _getitem,
    torch.Tensor.__setitem__: _nothing,
}
