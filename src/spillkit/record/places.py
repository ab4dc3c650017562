"""Where entries stand: the place of each id, and the entries of each case. A cache; the log alone is the truth.

In:    entries of the log.
Out:   the place of an id; the places and numbers of a case.
Else:  the log itself is `log`. Deleting this file loses nothing: it is made again from the log.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

_ASKED_AT_ONCE = 500  # below SQLite's limit of 999 in old versions
_RECENT_AT_MOST = 50_000
# Ids come in no order: put straight into a large table they would touch every page of it. So they are gathered in a small one, and
# moved in order when that is full.
_COLUMNS = 'id BLOB PRIMARY KEY, place INTEGER NOT NULL, "case" BLOB NOT NULL, number INTEGER NOT NULL'
_TABLES = f"""
CREATE TABLE IF NOT EXISTS settled ({_COLUMNS}) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS settled_of_case ON settled ("case", number, place);
CREATE TABLE IF NOT EXISTS recent ({_COLUMNS}) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS recent_of_case ON recent ("case", number, place);
CREATE VIEW IF NOT EXISTS everywhere AS SELECT * FROM settled UNION ALL SELECT * FROM recent;
CREATE TABLE IF NOT EXISTS covers (size INTEGER NOT NULL, root BLOB NOT NULL);
"""  # noqa: S608 - nothing from outside


class Place(NamedTuple):
    """Where one entry stands."""

    place: int  # in the log, from 0
    id: str
    case: str
    number: int  # in its case, from 1


class Places:
    """An open cache of places."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def covered(self) -> tuple[int, bytes]:
        """Return the size and root of the log that this cache covers; (0, b"") where it is new."""
        row = self._connection.execute("SELECT size, root FROM covers").fetchone()
        return (int(row[0]), bytes(row[1])) if row else (0, b"")

    def of_ids(self, ids: Sequence[str]) -> dict[str, int]:
        """Return the places of those ids that have one."""
        found: dict[str, int] = {}
        for first in range(0, len(ids), _ASKED_AT_ONCE):
            asked = {_short(id_): id_ for id_ in ids[first : first + _ASKED_AT_ONCE]}
            marks = ",".join("?" * len(asked))
            rows = self._connection.execute(f"SELECT id, place FROM everywhere WHERE id IN ({marks})", list(asked))  # noqa: S608
            found |= {asked[bytes(id_)]: int(place) for id_, place in rows}
        return found

    def of_case(self, case: str) -> list[int]:
        rows = self._connection.execute(
            'SELECT place FROM everywhere WHERE "case" = ? ORDER BY number', (_short(case),)
        )
        return [int(row[0]) for row in rows]

    def last_number(self, case: str) -> int:
        row = self._connection.execute(
            'SELECT max(number) FROM everywhere WHERE "case" = ?', (_short(case),)
        ).fetchone()
        return int(row[0] or 0)

    def add(self, places: Iterable[Place], size: int, root: bytes) -> None:
        """Add the places of entries; the cache then covers the log of that size and root."""
        rows = ((_short(one.id), one.place, _short(one.case), one.number) for one in places)
        with self._connection:
            self._connection.executemany("INSERT INTO recent VALUES (?, ?, ?, ?)", rows)
            if self._connection.execute("SELECT count(*) FROM recent").fetchone()[0] > _RECENT_AT_MOST:
                self._connection.execute("INSERT INTO settled SELECT * FROM recent ORDER BY id")
                self._connection.execute("DELETE FROM recent")
            self._connection.execute("DELETE FROM covers")
            self._connection.execute("INSERT INTO covers VALUES (?, ?)", (size, root))

    def clear(self) -> None:
        with self._connection:
            self._connection.execute("DELETE FROM settled")
            self._connection.execute("DELETE FROM recent")
            self._connection.execute("DELETE FROM covers")


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
