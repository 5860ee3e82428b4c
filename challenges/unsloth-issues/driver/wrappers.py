"""A model as trainers hold it: bare, or in what parallel training, compilation and adapters put around it."""

from __future__ import annotations

from collections.abc import Sequence
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
