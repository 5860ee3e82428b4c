"""Calls the cases: makes the objects that they work on from tensors and numbers, and gives tensors back."""

from __future__ import annotations

from typing import Any

import torch
import objects


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
    model = objects.wrapped(objects.Causal(weight, cap), names.split())
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


def decoded_batch(
    load: Any, project: torch.Tensor, states: torch.Tensor, mask: torch.Tensor, prompt: int
) -> torch.Tensor:  # fmt: skip
    """Case 10: run a padded prompt and what follows it through a layer with an empty cache."""
    case = load("cases/10_left_padding.py")
    empty = states[:, :0]
    return case.decode(case.Layer(project, empty, empty), states, mask, prompt)


def rotated(load: Any, x: torch.Tensor, positions: torch.Tensor, prompt: int) -> torch.Tensor:
    """Case 11: rotate a prompt of so many tokens, then token by token, with one table that grows."""
    case = load("cases/11_rope_growth.py")
    table, parts = case.RotaryTable(x.shape[-1]), []
    for start, end in [(0, prompt), *((one, one + 1) for one in range(prompt, len(x)))]:
        parts.append(case.rotate(x[start:end], positions[start:end], table))
    return torch.cat(parts)


def cosines(load: Any, width: int, max_positions: int, scaling: float) -> torch.Tensor:
    """Case 12: give the table for sequences of a length."""
    case = load("cases/12_table_length.py")
    return case.cosines(case.Rotary(width, max_positions, scaling=scaling))


def cos_sin(load: Any, positions: torch.Tensor, width: int, dtype: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Case 13: give cosines and sines of positions in the dtype that is named."""
    case = load("cases/13_rope_precision.py")
    return case.cos_sin(positions, case.Rotary(width), getattr(torch, dtype))


def repaired(
    load: Any, embedding: torch.Tensor, head: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
    """Case 14: mend copies of both ends of a model (one tensor where `head` is None), and give what was filled."""
    first = embedding.clone()
    second = first if head is None else head.clone()
    done = load("cases/14_untrained_rows.py").repair(first, second)
    return first, second, torch.tensor([done.embedding, done.head])


def with_new_tokens(
    load: Any, weight: torch.Tensor, known: int, new: int, old: int
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """Case 15: add so many new words, and some that are known among them, and give the ids of all."""
    case = load("cases/15_add_tokens.py")
    vocabulary = case.Vocabulary({f"w{number}": number for number in range(known)})
    words = [*(f"w{number}" for number in range(old)), *(f"w{known + number}" for number in range(new))]
    resized = case.add_tokens(weight, vocabulary, words)
    return resized, torch.tensor([vocabulary.tokens[word] for word in words])


def collated(
    load: Any, ids: torch.Tensor, lengths: torch.Tensor, vocabulary: int, eos: int, pad: int | None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Case 16: bring rows, which lie behind each other in `ids`, to one length."""
    case = load("cases/16_pad_id.py")
    rows = [part.tolist() for part in ids.split(lengths.tolist())]
    return case.collate(rows, case.TokenConfig(vocabulary, eos, pad))


def merged(
    load: Any, checkpoint: torch.Tensor, codes: torch.Tensor, scales: torch.Tensor, a: torch.Tensor, b: torch.Tensor,
    scale: float,
) -> torch.Tensor:  # fmt: skip
    """Case 17: merge a layer whose base was quantised to these codes and scales."""
    case = load("cases/17_merge_adapter.py")
    base = case.Quantised(codes, scales, checkpoint.dtype)
    return case.AdaptedLinear(checkpoint, base, a, b, scale).merge()


def head_gradients(
    load: Any, hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor, earlier: torch.Tensor | None,
    chunk: int, times: float, steps: int,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """Case 18: give both gradients after `steps` backward passes of the loss, each multiplied by `times`."""
    head_loss = load("cases/18_head_gradient.py").head_loss
    states, head = hidden.clone().requires_grad_(), weight.clone().requires_grad_()
    head.grad = None if earlier is None else earlier.clone()
    for _ in range(steps):
        (times * head_loss(states, head, targets, chunk)).backward()
    return states.grad, head.grad


def tied_gradient(load: Any, weight: torch.Tensor, ids: torch.Tensor, targets: torch.Tensor, chunk: int) -> Any:
    """Case 18: give the gradient of a weight that is embedding and head."""
    tied = weight.clone().requires_grad_()
    states = torch.nn.functional.embedding(ids, tied).tanh()
    load("cases/18_head_gradient.py").head_loss(states, tied, targets, chunk).backward()
    return tied.grad


def two_backwards(
    load: Any, logits: torch.Tensor, targets: torch.Tensor, first: float, second: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
    """Case 19: give the loss, and the gradients of twice the same graph, scaled by two factors."""
    leaf = logits.clone().requires_grad_()
    loss = load("cases/19_upstream_gradient.py").fused_loss(leaf, targets)
    gradients = [torch.autograd.grad(loss * times, leaf, retain_graph=True)[0] for times in (first, second)]
    return loss, *gradients


def normalised(load: Any, x: torch.Tensor, weight: torch.Tensor, view: str) -> torch.Tensor:
    """Case 20: normalise a view of `x`, with every second element of `weight`."""
    return load("cases/20_contiguous.py").rms_norm(objects.VIEWS[view](x), weight[::2])


def grpo_gradient(
    load: Any, logits: torch.Tensor, ids: torch.Tensor, old: torch.Tensor, reference: torch.Tensor,
    advantages: torch.Tensor, mask: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """Case 22: give the loss of completions as long as `old`, and the gradient of the logits."""
    case, leaf = load("cases/22_grpo_shift.py"), logits.clone().requires_grad_()
    new = case.token_logprobs(leaf, ids, old.shape[1])
    loss = case.grpo_loss(new, old, reference, advantages, mask, case.Objective())
    return loss, torch.autograd.grad(loss, leaf)[0]


def labelled(
    load: Any, ids: torch.Tensor, user: torch.Tensor, assistant: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """Case 23: give the labels of a chat, or zeros, and whether it was refused with a ValueError."""
    case = load("cases/23_response_marker.py")
    template = case.Template(tuple(user.tolist()), tuple(assistant.tolist()))
    try:
        return torch.tensor(case.response_labels(ids.tolist(), template)), torch.tensor(False)
    except ValueError:
        return torch.zeros_like(ids), torch.tensor(True)


def adapted(
    load: Any, base: torch.Tensor, a: torch.Tensor, b: torch.Tensor, x: torch.Tensor, scale: float, autocast: bool
) -> tuple[torch.Tensor, ...]:  # fmt: skip
    """Case 24: give the output of a layer, its adapter after a backward pass, and the adapter's gradients."""
    layer = load("cases/24_adapter_dtype.py").AdaptedLinear(base, a.clone(), b.clone(), scale)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
        y = layer(x)
    y.float().sum().backward()
    return y, layer.a.detach(), layer.b.detach(), layer.a.grad, layer.b.grad
