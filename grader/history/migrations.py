"""The history's tables, version by version; a file of any earlier version is brought up to the last one."""

from __future__ import annotations

import sqlite3

_FIRST = (
    """
    CREATE TABLE grades (
        id INTEGER PRIMARY KEY,
        challenge TEXT NOT NULL,
        challenge_digest TEXT NOT NULL,
        submission_sha256 TEXT NOT NULL,
        started TEXT NOT NULL,
        wall_s REAL NOT NULL,
        is_complete INTEGER NOT NULL,
        exit_code INTEGER NOT NULL,
        points_earned INTEGER NOT NULL,
        points_measurable INTEGER NOT NULL,
        points_total INTEGER NOT NULL,
        record TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE checks (
        grade INTEGER NOT NULL REFERENCES grades (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        id TEXT NOT NULL,
        verdict TEXT NOT NULL,
        points INTEGER NOT NULL,
        max_points INTEGER NOT NULL,
        metric TEXT,
        value REAL,
        unit TEXT,
        PRIMARY KEY (grade, position)
    ) STRICT
    """,
    "CREATE INDEX grades_by_challenge ON grades (challenge, id)",
)

_PROGRESS = (
    """
    CREATE TABLE workspaces (
        challenge TEXT PRIMARY KEY,
        folder TEXT NOT NULL,
        opened TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE hints (
        challenge TEXT NOT NULL,
        topic TEXT NOT NULL,
        shown INTEGER NOT NULL,
        PRIMARY KEY (challenge, topic)
    ) STRICT
    """,
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _PROGRESS)
"""The statements that lead from version N to version N + 1, at place N; what has been published is never changed."""

LATEST = len(MIGRATIONS)
"""The version that this program reads and writes."""


def version(database: sqlite3.Connection) -> int:
    """Tell the version of an open history; 0 for a file without tables."""
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def is_foreign(database: sqlite3.Connection) -> bool:
    """Tell whether the file is somebody else's database: it has tables, but no version of ours."""
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    return version(database) == 0 and bool(tables)


def migrate(database: sqlite3.Connection) -> None:
    """Bring a history up to the latest version, whole or not at all; another process may do so at the same time."""
    if version(database) == LATEST:
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        for number in range(version(database), LATEST):
            for statement in MIGRATIONS[number]:
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {number + 1}")
    except BaseException:  # whatever interrupts it (Ctrl-C too), no half a version may stay
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")
