"""Takes off every wrapper before it reads the config."""

from __future__ import annotations

from typing import Any

import torch


def head_weight(model: Any) -> torch.Tensor:
    """Find the weight of the head, `[vocabulary, width]`."""
    for name, parameter in model.named_parameters():
        if name.endswith("lm_head.weight"):
            return parameter
    raise LookupError("the model has no parameter that ends with lm_head.weight")


def unwrap(model: Any) -> Any:
    """Take off every wrapper, whatever the order they were put on in."""
    while True:
        if hasattr(model, "module"):
            model = model.module
        elif hasattr(model, "_orig_mod"):
            model = model._orig_mod
        elif hasattr(model, "base_model"):
            model = model.base_model.model
        else:
            return model


def final_softcap(model: Any) -> float:
    """Read the bound of the logits; 0.0 where the model has none."""
    config = getattr(unwrap(model), "config", None)
    return getattr(config, "final_logit_softcapping", None) or 0.0


def logits_of(model: Any, hidden: torch.Tensor) -> torch.Tensor:
    """Compute logits from the last hidden states, as the model itself would.

    Args:
        model: a causal model, wrapped or not.
        hidden: float `[..., width]`.

    Returns:
        float32 `[..., vocabulary]`.
    """
    logits = hidden.float() @ head_weight(model).float().T
    cap = final_softcap(model)
    if cap:
        logits = cap * torch.tanh(logits / cap)
    return logits
