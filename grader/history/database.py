"""An SQLite file of a learner's own: opened, brought up to date, written whole or not at all; its troubles told.

Kept with SQLite's rollback journal, not its write-ahead log: one file, good on network file systems too, and each write
is one short transaction, for which another process waits up to `BUSY_S`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grader.history.migrations import LATEST, is_foreign, migrate, version
from harness.errors import UsageError

BUSY_S = 10.0
"""Seconds to wait for another process that writes."""

_MENDS = {
    "SQLITE_FULL": "the disk is full; make room",
    "SQLITE_NOTADB": "it is no SQLite file, or damaged; move it away, and the next grade starts a new one",
    "SQLITE_CORRUPT": "it is damaged; move it away, and the next grade starts a new one",
    "SQLITE_BUSY": f"another process has been writing to it for more than {BUSY_S:.0f} s; try again",
    "SQLITE_READONLY": "it may not be written to; mend its permissions, or give another one with --history PATH",
    "SQLITE_CANTOPEN": "it can't be opened; mend its permissions, or give another one with --history PATH",
    "SQLITE_IOERR": "the disk does not take it; look whether it is full, or beyond a quota",
}


class HistoryError(UsageError):
    """The history can't be read or written: names the file, the cause and the mend; never a verdict."""


def default_path() -> Path:
    """Tell where the history lies unless it is said otherwise: the folder for data of the XDG specification."""
    # Here and not above: only a command that needs the history pays for the import.
    from platformdirs import user_data_path  # noqa: PLC0415

    return user_data_path("superfast", appauthor=False) / "history.sqlite3"


class Database:
    """An open file; every method raises `HistoryError` for what the file, the disk or another process does."""

    def __init__(self, path: Path) -> None:
        """Open the file at `path`; made when it is not there, and brought up to the latest version."""
        self.path = path
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
            try:
                self._open()
            except BaseException:  # a file that can't be used is not kept open
                self._database.close()
                raise

    def __enter__(self) -> Self:
        """Give the object itself; leaving the context closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._database.close()

    def read(self, question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Give the rows that a question selects."""
        with self._told():
            return self._database.execute(question, values).fetchall()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write all or nothing; waits for its turn at the beginning, so that it never has to give up in the middle."""
        with self._told():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:  # whatever interrupts it (Ctrl-C too), no half a write may stay
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def _open(self) -> None:
        """Look what the file is, and bring it up to the latest version."""
        if is_foreign(self._database):
            raise HistoryError(f"{self.path}: is a database of something else; give another file with --history PATH")
        if version(self._database) > LATEST:
            raise HistoryError(f"{self.path}: was written by a newer superfast; update, or give another --history PATH")
        migrate(self._database)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite and the disk say into one message with a mend."""
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", None) or ""
            mend = next((words for start, words in _MENDS.items() if name.startswith(start)), str(error))
            raise HistoryError(f"the history {self.path}: {mend}") from error
        except OSError as error:
            raise HistoryError(f"the history {self.path}: can't be made there: {error.strerror}") from error
