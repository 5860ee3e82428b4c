"""Hides what it does from anyone who reads its source (I13)."""

# expect:
#   values: failed values
#   precision: skipped
#   steady: skipped
#   fast: skipped

import base64
import torch


exec(base64.b64decode(b"ZGVmIHNvZnRtYXgoeCk6CiAgICByZXR1cm4geCAqIDAK"))
