"""Where entries stand: the place of each id, and the entries of each case. A cache; the log alone is the truth.

In:    entries of the log.
Out:   the place of an id; the places and numbers of a case.
Else:  the log itself is `log`. Deleting this file loses nothing: it is made again from the log.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from spillkit.record.entry import Entry

_TABLES = """
CREATE TABLE IF NOT EXISTS place (id BLOB PRIMARY KEY, place INTEGER NOT NULL, "case" BLOB NOT NULL, number INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS place_of_case ON place ("case", number, place);
CREATE TABLE IF NOT EXISTS covered (size INTEGER NOT NULL, root BLOB NOT NULL);
"""


class Places:
    """An open cache of places."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def covered(self) -> tuple[int, bytes]:
        """Return the size and root of the log that this cache covers; (0, b"") where it is new."""
        row = self._connection.execute("SELECT size, root FROM covered").fetchone()
        return (int(row[0]), bytes(row[1])) if row else (0, b"")

    def of_id(self, id_: str) -> int | None:
        row = self._connection.execute("SELECT place FROM place WHERE id = ?", (_short(id_),)).fetchone()
        return int(row[0]) if row else None

    def of_case(self, case: str) -> list[int]:
        rows = self._connection.execute('SELECT place FROM place WHERE "case" = ? ORDER BY number', (_short(case),))
        return [int(row[0]) for row in rows]

    def last_number(self, case: str) -> int:
        row = self._connection.execute('SELECT max(number) FROM place WHERE "case" = ?', (_short(case),)).fetchone()
        return int(row[0] or 0)

    def add(self, entries: Iterable[tuple[int, Entry]], size: int, root: bytes) -> None:
        """Add entries with their places; the cache then covers the log of that size and root."""
        rows = ((_short(entry.id), place, _short(entry.case), entry.number) for place, entry in entries)
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?)", rows)
            self._connection.execute("DELETE FROM covered")
            self._connection.execute("INSERT INTO covered VALUES (?, ?)", (size, root))

    def clear(self) -> None:
        with self._connection:
            self._connection.execute("DELETE FROM place")
            self._connection.execute("DELETE FROM covered")


@contextlib.contextmanager
def open_places(path: Path) -> Iterator[Places]:
    """Open the cache, or make it; a damaged one is made again."""
    try:
        connection = _connect(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise  # Busy, or no room: the file itself is good.
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            path.with_name(name).unlink(missing_ok=True)
        connection = _connect(path)
    try:
        yield Places(connection)
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_TABLES)
    except BaseException:
        connection.close()
        raise
    return connection


def _short(name: str) -> bytes:
    """128 bits stand for an id, so that rows are small and of one length."""
    return hashlib.sha256(name.encode()).digest()[:16]
