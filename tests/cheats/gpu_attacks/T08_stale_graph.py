"""Records a CUDA graph at the first call of a shape and replays it from then on (T8), on its copy of that input."""

# expect:
#   gpu-values: failed values
#   gpu-fast: skipped

import torch

_graphs: dict[torch.Size, tuple[torch.cuda.CUDAGraph, torch.Tensor]] = {}


def softmax(x: torch.Tensor) -> torch.Tensor:
    if x.shape not in _graphs:
        held = x.clone()
        torch.softmax(held, dim=1)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            out = torch.softmax(held, dim=1)
        _graphs[x.shape] = graph, out
    graph, out = _graphs[x.shape]
    graph.replay()
    return out
