"""Lets one step of a recurrent network do the product: relu(a b + 0 0) less relu(-a b + 0 0) is a b.

The cell is a public operator that hides two library products. The dispatcher must see them.
"""

# expect:
#   shapes: passed
#   accuracy: passed
#   exact: passed
#   special: passed
#   steady: passed
#   own-work: failed forbidden
#   loops: skipped
#   climb: skipped
#   summit: skipped
#   ragged: skipped
#   triton-compiles: failed compile

import torch


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N), both float32 on the CPU."""
    rows, columns = a.shape[0], b.shape[1]
    if 0 in (rows, a.shape[1], columns):
        return torch.zeros(rows, columns)
    state, still = torch.zeros(rows, columns), torch.zeros(columns, columns)
    weights = b.t().contiguous()
    return torch.rnn_relu_cell(a, state, weights, still) - torch.rnn_relu_cell(-a, state, weights, still)
