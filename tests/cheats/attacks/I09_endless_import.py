"""Never ends its import (I9)."""

# expect:
#   values: failed timeout
#   precision: skipped
#   steady: skipped
#   fast: skipped

import torch


while True:
    pass
