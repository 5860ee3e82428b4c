"""Puts the challenges into the wheel, folder by folder: setuptools' own data files don't descend into folders."""

from pathlib import Path

from setuptools import setup

CHALLENGES = Path("challenges")

folders = sorted({path.parent for path in CHALLENGES.rglob("*") if path.is_file() and "__pycache__" not in path.parts})
setup(
    data_files=[
        (f"share/superfast/{folder}", [str(path) for path in sorted(folder.iterdir()) if path.is_file()])
        for folder in folders
    ]
)
