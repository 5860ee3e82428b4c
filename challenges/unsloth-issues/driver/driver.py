"""Calls the cases: makes the objects that they work on from tensors and numbers, and gives tensors back."""

from __future__ import annotations

from typing import Any

import torch
import wrappers


def plain(load: Any, case: str, function: str, *arguments: Any) -> Any:
    """Call a function that takes and gives tensors and numbers alone."""
    return getattr(load(f"cases/{case}.py"), function)(*arguments)


def accumulated(
    load: Any, weight: torch.Tensor, hidden: torch.Tensor, labels: torch.Tensor, steps: int
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """Case 01: give the loss of a step of so many micro-batches, and the gradient of the head."""
    case = load("cases/01_accumulation.py")
    head = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    head.weight.data.copy_(weight)
    loss = case.accumulate(head, list(case.split(case.Batch(hidden, labels), steps)))
    return loss, head.weight.grad


def step_gradient(
    load: Any, weight: torch.Tensor, hidden: torch.Tensor, targets: torch.Tensor, steps: int, takes: bool, tells: bool
) -> torch.Tensor:  # fmt: skip
    """Case 02: give the gradient of the head over all micro-batches of a step."""
    case = load("cases/02_loss_scale.py")
    head = weight.clone().requires_grad_()
    plan, count = case.Accumulation(steps, takes), targets.numel() if tells else None
    for states, chosen in zip(hidden.tensor_split(steps), targets.tensor_split(steps), strict=True):
        case.training_step(states @ head.T, chosen, plan, count).backward()
    return head.grad


def packed(
    load: Any, logits: torch.Tensor, labels: torch.Tensor, lengths: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """Case 03: give the loss of a packed row, and the gradient of its logits."""
    leaf = logits.clone().requires_grad_()
    loss = load("cases/03_packing.py").packed_loss(leaf, labels, lengths.tolist())
    loss.backward()
    return loss, leaf.grad


def head_logits(
    load: Any, hidden: torch.Tensor, weight: torch.Tensor, scale: float, cap: float | None
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """Case 05: give the logits of training, and of decoding after each position."""
    case = load("cases/05_decode_cap.py")
    config = case.HeadConfig(scale, cap)
    steps = [case.decoding_logits(hidden[:, : end + 1], weight, config) for end in range(hidden.shape[1])]
    return case.training_logits(hidden, weight, config), torch.stack(steps, dim=1)


def wrapped_logits(
    load: Any, hidden: torch.Tensor, weight: torch.Tensor, cap: float | None, names: str
) -> torch.Tensor:  # fmt: skip
    """Case 06: give the logits of a model in the wrappers that are named, the innermost first."""
    model = wrappers.wrapped(wrappers.Causal(weight, cap), names.split())
    return load("cases/06_wrapped_config.py").logits_of(model, hidden)


def decoded_in_window(
    load: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: int
) -> torch.Tensor:  # fmt: skip
    """Case 08: decode token by token, `[tokens, width]` each."""
    case = load("cases/08_window_size.py")
    cache = case.Cache(window)
    return torch.stack([case.decode(*token, cache) for token in zip(query, key, value, strict=True)])


def attended(
    load: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, prompt: int
) -> torch.Tensor:  # fmt: skip
    """Case 09: attend over a prompt of so many tokens, then token by token, with the cache that grows."""
    case = load("cases/09_causal_default.py")
    cache, parts = case.KeyValueCache(), []
    for start, end in [(0, prompt), *((one, one + 1) for one in range(prompt, query.shape[2]))]:
        new = (part[:, :, start:end] for part in (query, key, value))
        parts.append(case.attention(*new, cache, None if mask is None else mask[:, :end]))
    return torch.cat(parts, dim=2)
