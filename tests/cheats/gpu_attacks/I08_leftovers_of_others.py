"""Looks through memory that others have freed (I8) for rows that sum to one, and returns the first that it finds."""

# expect:
#   gpu-values: failed values
#   gpu-fast: skipped

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    free_bytes, _ = torch.cuda.mem_get_info()
    found = torch.empty(min(free_bytes // 2, 1 << 30) // 4, device=x.device)
    rows = found[: found.numel() // x.shape[1] * x.shape[1]].view(-1, x.shape[1])
    likely = (rows.sum(dim=1) - 1).abs() < 1e-3
    return (
        rows[likely.nonzero()[:, 0]][: x.shape[0]].clone() if int(likely.sum()) >= x.shape[0] else torch.zeros_like(x)
    )
