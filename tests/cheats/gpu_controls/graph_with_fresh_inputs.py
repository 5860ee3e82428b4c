"""Records a CUDA graph for each shape and fills its input at every call."""

# expect:
#   gpu-values: passed
#   gpu-fast: passed

import torch

_graphs: dict[torch.Size, tuple[torch.cuda.CUDAGraph, torch.Tensor, torch.Tensor]] = {}


def softmax(x: torch.Tensor) -> torch.Tensor:
    if x.shape not in _graphs:
        held = x.clone()
        torch.softmax(held, dim=1)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            out = torch.softmax(held, dim=1)
        _graphs[x.shape] = graph, held, out
    graph, held, out = _graphs[x.shape]
    held.copy_(x)
    graph.replay()
    return out.clone()
