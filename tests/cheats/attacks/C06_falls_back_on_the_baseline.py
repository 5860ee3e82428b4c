"""Imports the baseline and lets it do the work (C6); its folder is not there in this process."""

# expect:
#   values: failed runtime
#   precision: skipped
#   steady: skipped
#   fast: skipped

import importlib
import os
import sys
import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    for place in ("/baseline", "..", "../hidden_tests", "/submission/../hidden_tests", os.environ.get("PWD", "/")):
        sys.path.insert(0, place)
    return importlib.import_module("baseline").by_float64(x)
