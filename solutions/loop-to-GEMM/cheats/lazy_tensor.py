"""Returns a subclass of torch.Tensor that computes the product when somebody looks at it (T7), outside of the clock.

Only torch.Tensor itself is taken, and its type is compared before any of its methods runs.
"""

# expect:
#   shapes: failed dtype
#   accuracy: skipped
#   exact: skipped
#   special: skipped
#   steady: skipped
#   own-work: skipped
#   loops: skipped
#   climb: skipped
#   summit: skipped
#   ragged: skipped
#   triton-compiles: skipped

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch


class Lazy(torch.Tensor):
    """Promises a product."""

    operands: tuple[torch.Tensor, torch.Tensor]

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        """Compute what was promised, then do what was asked for."""
        return func(*(part.compute() if isinstance(part, Lazy) else part for part in args), **(kwargs or {}))

    def compute(self) -> torch.Tensor:
        """Multiply at last."""
        a, b = self.operands
        out = torch.zeros(a.shape[0], b.shape[1])
        for k in range(a.shape[1]):
            out += a[:, k, None] * b[None, k]
        return out


def gemm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Promise the product of a (M, K) and b (K, N)."""
    promise = torch.empty(a.shape[0], b.shape[1]).as_subclass(Lazy)
    promise.operands = (a, b)
    return promise
