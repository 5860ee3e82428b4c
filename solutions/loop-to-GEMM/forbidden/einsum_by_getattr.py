"""Spells the name of einsum in pieces, so that no search for words finds it.

Words are not what decides: the dispatcher is asked for a batched product, and must tell.
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
    product = getattr(torch, "".join(("ein", "sum")))
    return product("mk,kn->mn", a, b)
