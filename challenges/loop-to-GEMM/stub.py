"""Three for loops over elements: right, and hopeless. Make it fast."""

import torch


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Multiply a (M, K) by b (K, N); both float32 on the CPU, any strides. Gives a fresh float32 (M, N)."""
    rows, inner = a.shape
    columns = b.shape[1]
    out = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            total = 0.0
            for k in range(inner):
                total += a[i, k].item() * b[k, j].item()
            out[i, j] = total
    return out
