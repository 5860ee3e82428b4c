"""Tests of the allow-list of operators: no door to a matrix product is harmless, honest work is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from harness.inside.operators import Recorder
from harness.operators import computing_operators, forbidden_operators

PRODUCTS = (
    "mm", "bmm", "addmm", "baddbmm", "addbmm", "addmv", "mv", "dot", "vdot", "inner", "matmul", "linear", "einsum",
    "addr", "outer", "ger", "tensordot", "chain_matmul", "linalg_multi_dot", "linalg_matrix_power", "matrix_exp",
    "linalg_vecdot", "bilinear", "_trilinear", "cdist", "_cdist_forward", "_euclidean_dist", "cov", "corrcoef",
    "convolution", "_convolution", "convolution_overrideable", "mkldnn_convolution", "_slow_conv2d_forward",
    "slow_conv3d", "conv1d", "conv2d", "conv3d", "conv_transpose2d", "conv_tbc", "thnn_conv2d", "mkldnn_linear",
    "mkldnn_rnn_layer", "lstm", "gru", "rnn_tanh", "lstm_cell", "rnn_relu_cell", "embedding_bag", "_embedding_bag",
    "sparse_sampled_addmm", "_sparse_mm", "_int_mm", "_scaled_mm", "_addmm_activation", "kron",
    "scaled_dot_product_attention", "_scaled_dot_product_flash_attention_for_cpu", "_native_multi_head_attention",
    "linalg_solve", "linalg_solve_triangular", "linalg_lstsq", "linalg_inv", "cholesky_inverse", "ormqr",
    "_fft_r2c", "fft_fft",
)  # fmt: skip


@pytest.mark.parametrize("packet", PRODUCTS)
def test_no_overload_of_a_product_is_harmless(packet: str) -> None:
    overloads = [f"aten.{packet}.{overload}" for overload in getattr(torch.ops.aten, packet).overloads()]

    assert tuple(overloads) == forbidden_operators(overloads)


def test_an_operator_without_its_overload_is_judged_by_the_default_one() -> None:
    assert ("aten.mm",) == forbidden_operators(["aten.mm", "aten.view", "aten.abs"])


@pytest.mark.parametrize("name", ["aten.no_such_operator.default", "mkldnn._linear_pointwise.default", "prims.svd"])
def test_an_operator_that_nobody_knows_is_not_harmless(name: str) -> None:
    assert (name,) == forbidden_operators([name])


def test_an_operator_of_another_namespace_is_the_submissions_own() -> None:
    assert () == forbidden_operators(["mine.matmul.default", "atenuated.mm.default"])


def test_the_order_in_which_they_were_seen_is_kept() -> None:
    seen = ["aten.mv.default", "aten.add.Tensor", "aten.dot.default", "aten.addmm.out"]

    assert ("aten.mv.default", "aten.dot.default", "aten.addmm.out") == forbidden_operators(seen)


def honest_rows(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    out = torch.zeros(a.shape[0], b.shape[1])
    for row, parts in enumerate(a):
        out[row] += (parts[:, None] * b).sum(0)
    return out


def honest_blocks(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    padded = torch.nn.functional.pad(a, (0, 1)).contiguous().view(-1, 7, 1)
    blocks = (padded * torch.cat([b, b[:1]]).unsqueeze(0)).split(3, dim=1)
    out = sum(block.sum(1) for block in blocks)
    return torch.stack(list(out.unbind())).clone().reshape(4, 5).to(torch.float64).to(torch.float32)


def honest_outer_products(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    out = torch.empty(4, 5).fill_(0)
    for k in range(a.shape[1]):
        out.addcmul_(a[:, k : k + 1].expand(4, 5), b[k].repeat(4, 1))
    return torch.where(out.isnan(), out, out.index_select(0, torch.arange(4)))


@pytest.mark.parametrize("product", [honest_rows, honest_blocks, honest_outer_products])
def test_honest_work_is_harmless(product: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> None:
    a, b, recorder = torch.ones(4, 6), torch.ones(6, 5), Recorder(active=True)
    with recorder:
        product(a, b)

    assert len(recorder.seen()) > 3
    assert () == forbidden_operators(recorder.seen())


def test_creation_and_views_compute_nothing_and_all_else_does() -> None:
    seen = (
        "aten.empty.memory_format", "aten.zeros.default", "aten.view.default", "aten.detach.default",
        "aten.copy_.default", "aten.mul.Tensor", "aten._local_scalar_dense.default", "mine.kernel.default",
    )  # fmt: skip

    assert seen[4:] == computing_operators(seen)
