"""Exits while it is imported (I2)."""

# expect:
#   values: failed runtime
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


raise SystemExit(0)
