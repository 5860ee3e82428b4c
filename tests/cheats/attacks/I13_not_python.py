"""Is no Python at all (I13)."""

# expect:
#   values: failed syntax
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


def softmax(x) -> {{{
