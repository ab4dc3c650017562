"""What the record holds about persons, so that it can be erased: sealed values, and one key for each person.

In:    a person's opaque id and a value about him.
Out:   a commitment for the entry; the value again, as long as the person's key is there.
Else:  entries and proofs are `log`. They hold commitments only and stay as they are when a person is erased.

Each person has a random key of his own. For each value two keys are made from it: one for the commitment that stands in the
entry, one that encrypts the value here. Whoever is shown one opening can check that one value and learns nothing of others.
When the person's key is destroyed, his values cannot be read, and without the key nobody can test a guess against his
commitments. (GDPR Art. 17; EDPB Guidelines 02/2025 on blockchain technologies: commitments whose secret can be erased.)

`persons.sqlite`, mode 0600, lies beside the log and never in it. Deleted rows are overwritten with zeros. What a file system, a
disk or a backup keeps of older states is outside our reach: see docs/reference/record.md.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from spillkit.errors import EntryError, RecordError
from spillkit.model import SubjectId
from spillkit.record.entry import Entry, leaf_of
from spillkit.record.verifier import commitment_of

_KEY_BYTES = 32
_NONCE_BYTES = 12
_MAX_VALUE_BYTES = 1_000_000

_TABLES = """
CREATE TABLE IF NOT EXISTS person (id INTEGER PRIMARY KEY, subject TEXT NOT NULL UNIQUE, key BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS sealed (
    person INTEGER NOT NULL REFERENCES person (id), entry TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (entry, name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sealed_of_person ON sealed (person);
"""


@dataclass(frozen=True, slots=True)
class Private:
    """A value about a person, which is not to stand in the log."""

    subject: SubjectId
    name: str  # what the value is, as "recipient"; stands in the entry, and is no personal data
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opening:
    """What somebody needs to check one commitment: the value, and the key of this one commitment."""

    name: str
    key: bytes = field(repr=False)  # 32 bytes
    value: str = field(repr=False)


class Persons:
    """The store of keys and sealed values beside a log.

    folder     `record/` of a workspace
    recorded   tells which of some ids are in the log already, with their entries
    """

    def __init__(self, folder: Path, recorded: Callable[[Sequence[str]], Mapping[str, Entry]]) -> None:
        self._file = folder / "persons.sqlite"
        self._recorded = recorded

    def seal(self, entry: Entry, values: Sequence[Private]) -> Entry:
        """Return the entry with a commitment for each value, and keep the values encrypted. See seal_all."""
        return self.seal_all([(entry, values)])[0]

    def seal_all(self, sealings: Sequence[tuple[Entry, Sequence[Private]]]) -> list[Entry]:
        """Return entries with a commitment for each of their values, and keep the values encrypted: all, or none.

        Repeated with the same entries and values it gives the same entries. Append them afterwards. Where an entry is in the log
        and its person was erased since, the commitment is taken from the log: what was erased is not kept a second time.
        Raises   EntryError if an entry cannot be taken, a name is given twice, or an id was sealed before with another value
        """
        logged = self._recorded([entry.id for entry, values in sealings if values])
        with self._open(writing=True) as connection:
            return [self._seal(connection, entry, values, logged.get(entry.id)) for entry, values in sealings]

    def _seal(
        self, connection: sqlite3.Connection, entry: Entry, values: Sequence[Private], logged: Entry | None
    ) -> Entry:
        commitments = dict(entry.commitments)
        for private in values:
            if private.name in commitments:
                raise EntryError("A record entry: two sealed values have one name. Name them apart.")
            data = private.value.encode("utf-8", "surrogatepass")
            if len(data) > _MAX_VALUE_BYTES:
                raise EntryError(
                    "A record entry: a sealed value is over 1 MB. Seal its digest, and keep the file apart."
                )
            if (
                logged is not None
                and private.name in logged.commitments
                and not _is_kept(connection, entry.id, private.name)
            ):
                commitments[private.name] = logged.commitments[private.name]
                continue
            person, key = _key_of(connection, private.subject)
            self._keep(connection, person, key, entry.id, private.name, data)
            commitments[private.name] = commitment_of(_opening_key(key, entry.id, private.name), private.value)
        sealed = msgspec.structs.replace(entry, commitments=commitments)
        leaf_of(sealed)  # What the log would not take is not kept here either.
        return sealed

    def _keep(
        self, connection: sqlite3.Connection, person: int, key: bytes, entry: str, name: str, data: bytes
    ) -> None:
        row = connection.execute(
            "SELECT person, value FROM sealed WHERE entry = ? AND name = ?", (entry, name)
        ).fetchone()
        if row is not None:
            if row[0] != person or _decrypted(key, entry, name, row[1]) != data:
                raise EntryError(
                    "A record entry: its id was sealed before with another value. Give the new entry its own id."
                )
            return
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + AESGCM(_sealing_key(key, entry, name)).encrypt(nonce, data, None)
        connection.execute("INSERT INTO sealed VALUES (?, ?, ?, ?)", (person, entry, name, sealed))

    def openings(self, entry: Entry, subject: SubjectId | None = None) -> list[Opening]:
        """Return what opens the commitments of an entry: those about one person, or all whose person was not erased.

        Raises   RecordError if a sealed value was altered
        """
        with self._open() as connection:
            rows = connection.execute(
                "SELECT name, value, key FROM sealed JOIN person ON person.id = sealed.person "
                "WHERE entry = ? AND (? IS NULL OR subject = ?) ORDER BY name",
                (entry.id, subject, subject),
            ).fetchall()
        openings = []
        for name, sealed, key in rows:
            value = _decrypted(key, entry.id, name, sealed).decode("utf-8", "surrogatepass")
            openings.append(Opening(name, _opening_key(key, entry.id, name), value))
        return openings

    def erase(self, subject: SubjectId) -> int:
        """Destroy the key and the sealed values of a person; return how many values that were (0 where there is nothing).

        Every proof holds as before. It cannot be undone.
        """
        with self._open(writing=True) as connection:
            row = connection.execute("SELECT id FROM person WHERE subject = ?", (subject,)).fetchone()
            if row is None:
                return 0
            # Overwritten first: where deleting is interrupted, the key is gone already.
            connection.execute("UPDATE person SET key = zeroblob(?) WHERE id = ?", (_KEY_BYTES, row[0]))
            count = connection.execute("DELETE FROM sealed WHERE person = ?", row).rowcount
            connection.execute("DELETE FROM person WHERE id = ?", row)
        return int(count)

    def entries_about(self, subject: SubjectId) -> list[str]:
        """Return the ids of the entries that hold sealed values about a person."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT DISTINCT entry FROM sealed JOIN person ON person.id = sealed.person WHERE subject = ? ORDER BY entry",
                (subject,),
            ).fetchall()
        return [str(row[0]) for row in rows]

    def is_known(self, subject: SubjectId) -> bool:
        """True if the record holds a key of that person."""
        with self._open() as connection:
            return connection.execute("SELECT 1 FROM person WHERE subject = ?", (subject,)).fetchone() is not None

    def __len__(self) -> int:
        """How many persons have a key."""
        with self._open() as connection:
            return int(connection.execute("SELECT count(*) FROM person").fetchone()[0])

    @contextlib.contextmanager
    def _open(self, writing: bool = False) -> Iterator[sqlite3.Connection]:
        try:
            # Made empty with its mode first: SQLite gives its journal the same mode.
            os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
            connection = sqlite3.connect(self._file, timeout=60, isolation_level=None)
            try:
                # secure_delete writes zeros over what is deleted; a write-ahead log would keep copies of it.
                for setting in (
                    "journal_mode = DELETE",
                    "secure_delete = ON",
                    "synchronous = FULL",
                    "temp_store = MEMORY",
                ):
                    connection.execute(f"PRAGMA {setting}")
                connection.executescript(_TABLES)
                if writing:
                    connection.execute("BEGIN IMMEDIATE")
                yield connection
                if writing:
                    connection.execute("COMMIT")
            finally:
                connection.close()
        except (sqlite3.Error, OSError) as error:
            raise RecordError(
                f"{self._file.name} beside the record cannot be used ({error}). Check the disk, and try again."
            ) from error


def _is_kept(connection: sqlite3.Connection, entry: str, name: str) -> bool:
    row = connection.execute("SELECT 1 FROM sealed WHERE entry = ? AND name = ?", (entry, name)).fetchone()
    return row is not None


def _key_of(connection: sqlite3.Connection, subject: SubjectId) -> tuple[int, bytes]:
    row = connection.execute("SELECT id, key FROM person WHERE subject = ?", (subject,)).fetchone()
    if row is not None:
        return int(row[0]), bytes(row[1])
    key = secrets.token_bytes(_KEY_BYTES)
    added = connection.execute("INSERT INTO person (subject, key) VALUES (?, ?)", (subject, key))
    return int(added.lastrowid or 0), key


def _opening_key(key: bytes, entry: str, name: str) -> bytes:
    return _derived(key, "opening", entry, name)


def _sealing_key(key: bytes, entry: str, name: str) -> bytes:
    return _derived(key, "sealing", entry, name)


def _derived(key: bytes, use: str, entry: str, name: str) -> bytes:
    """A key for one use, value and entry: HMAC-SHA256 as a pseudo-random function (NIST SP 800-108)."""
    return hmac.new(key, f"spillkit {use} {entry} {name}".encode(), hashlib.sha256).digest()


def _decrypted(key: bytes, entry: str, name: str, sealed: bytes) -> bytes:
    try:
        return AESGCM(_sealing_key(key, entry, name)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError):
        raise RecordError(
            "A sealed value beside the record was altered. Put persons.sqlite back from a backup.", "altered"
        ) from None
