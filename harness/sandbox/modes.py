"""What a guest is started for beside plain calls: each field is one mode, told to the guest on its command line."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Modes:
    """Modes of one guest; a guest never learns them from anything but its command line, and can't change them.

    Attributes:
        record: the names of the operators that the dispatcher sees are reported with every answer.
        interpret: Triton's kernels run in its interpreter, mended and metered.
        count: what torch.compile makes of the submission is counted, under a backend that runs operators one by one.
        memory: freed memory goes back to the system at once, and the guest can be asked to come to rest.
        ranks: so many ranks of one torch.distributed group hold the submission in its stead; 0 for a plain guest.
    """

    record: bool = False
    interpret: bool = False
    count: bool = False
    memory: bool = False
    ranks: int = 0

    def arguments(self) -> list[str]:
        """Give the options that `harness.inside.runner` is started with."""
        chosen = [(name, value) for name, value in dataclasses.asdict(self).items() if value]
        return [f"--{name}" if value is True else f"--{name}={value}" for name, value in chosen]


PLAIN = Modes()
"""A guest that is called and timed."""
