"""Fuzzes every door of the judge: `python -m tests.fuzz [--cases 10000] [--target NAME]`."""

from __future__ import annotations

import sys
import time
import traceback

import click
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS


@click.command(help=__doc__)
@click.option("--cases", default=10_000, help="Cases in all, shared out among the targets.")
@click.option("--target", "chosen", multiple=True, type=click.Choice(sorted(TARGETS)), help="Only this one.")
def main(cases: int, chosen: tuple[str, ...]) -> None:
    """Try so many cases; the exit status is 1 when one of them got through."""
    wanted = chosen or tuple(TARGETS)
    broken = [name for name in wanted if not fuzz(name, cases // len(wanted))]
    sys.exit(1 if broken else 0)


def fuzz(name: str, cases: int) -> bool:
    """Try one target; tells whether nothing got through."""
    start_s, tried = time.monotonic(), 0

    @settings(max_examples=cases, deadline=10_000, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def one(data: st.DataObject) -> None:
        nonlocal tried
        tried += 1
        TARGETS[name](data)

    try:
        one()
    except Exception:  # noqa: BLE001 - whatever got through is told, and the other targets are tried too
        traceback.print_exc()
        return False
    finally:
        click.echo(f"{name}: {tried} cases in {time.monotonic() - start_s:.0f} s")
    return True


if __name__ == "__main__":
    main()
