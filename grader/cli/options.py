"""Options that several commands have in common."""

from __future__ import annotations

from pathlib import Path

import click

challenges_option = click.option(
    "--challenges", metavar="DIR", type=click.Path(path_type=Path), help="Folder that holds the challenges."
)

history_option = click.option(
    "--history", metavar="PATH", type=click.Path(path_type=Path, dir_okay=False), help="File that keeps every grade."
)
