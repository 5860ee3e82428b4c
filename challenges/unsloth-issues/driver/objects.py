"""A model as trainers hold it, in what is put around it, and a tensor as code meets it: views of every layout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace

import torch
from torch import nn


class Causal(nn.Module):
    """A causal model of which only the head and the config matter."""

    def __init__(self, weight: torch.Tensor, cap: float | None) -> None:
        super().__init__()
        self.config = SimpleNamespace(model_type="gemma2", final_logit_softcapping=cap)
        self.model = nn.Identity()
        self.lm_head = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
        self.lm_head.weight.data.copy_(weight)


class Parallel(nn.Module):
    """Stands for `DistributedDataParallel`."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module


class Compiled(nn.Module):
    """Stands for what `torch.compile` gives, with a config of its own."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self._orig_mod = module
        self.config = SimpleNamespace(mode="default")


class Adapted(nn.Module):
    """Stands for a PEFT model: the original one lies in `base_model.model`."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.base_model = nn.Module()
        self.base_model.model = module
        self.config = SimpleNamespace(peft_type="LORA", r=8)


KINDS = {"parallel": Parallel, "compiled": Compiled, "adapted": Adapted}


def wrapped(model: nn.Module, names: Sequence[str]) -> nn.Module:
    """Wrap a model, the first name innermost."""
    for name in names:
        model = KINDS[name](model)
    return model


VIEWS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "as it is": lambda x: x,
    "transposed": lambda x: x.T.contiguous().T,
    "a slice of columns": lambda x: torch.nn.functional.pad(x, (1, 2), value=3.0)[:, 1:-2],
    "every second row": lambda x: x.repeat_interleave(2, dim=0)[::2],
    "every second column": lambda x: x.repeat_interleave(2, dim=1)[:, ::2],
    "one row, expanded": lambda x: x[:1].expand(x.shape),
    "three dimensions, exchanged": lambda x: x[None].expand(2, *x.shape).transpose(0, 1),
    "the end of a storage": lambda x: torch.cat([torch.ones_like(x), x])[len(x) :],
}
"""Ways in which a tensor may lie in memory."""
