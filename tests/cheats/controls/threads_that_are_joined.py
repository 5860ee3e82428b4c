"""Splits the rows among threads of its own and joins them before it returns."""

# expect:
#   values: passed
#   precision: passed
#   steady: passed
#   fast: passed

import threading
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty(x.shape)
    half = len(x) // 2

    def work(rows: slice) -> None:
        torch.softmax(x[rows], dim=1, out=out[rows]) if len(x[rows]) else None

    threads = [threading.Thread(target=work, args=(rows,)) for rows in (slice(0, half), slice(half, None))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return out
