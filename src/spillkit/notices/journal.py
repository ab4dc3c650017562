"""The sent journal: what was offered to a mail server and what it answered, kept outside the database.

In:    ids of notices, numbers of tries, answers.
Out:   one append-only file for each sender process; its lines again, checked.
Else:  what the lines mean for a notice is `states`; holding them against the database is `spillkit_server.sending.recovery`.

A database can be restored from yesterday, and then knows nothing of what was sent since. The journal does. So before the last dot
of a mail leaves, its notice is marked here and the mark is on the disk; the answer follows. A file is written by one process, which
holds its lock as long as it lives; the kernel lets go of it with the process, so that nobody takes a slow sender for a dead one.

    spillkit-sent-journal 1 20261122T110000-1f0c… 9b2e… <chain>       name, folder
    offer 5K3M… 1 1795345200123 <chain>                               notice, try, ms since 1970-01-01 UTC
    answer 5K3M… 1 1795345200180 taken 250 4Xyz12 <chain>             what it means, its code, the server's own id of the mail or -
    step 7Q1A… 1 1795345300000 found-taken server-log - <chain>       what was found or decided later

`chain` is BLAKE2b-128 over the chain before it and the line's words: a line that was altered, lost or put in shows. It is not a
signature: who may write to the folder may write a whole new file. No line holds a name, an address or a word of a text.
A last line without its end is one that was being written when the power failed. Its dot did not leave yet, since that waits for the
disk; or it is an answer, which then counts as lost.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import msgspec

from spillkit.errors import JournalDamaged, SendingError
from spillkit.locked import locked
from spillkit.notices.states import Event, later

_MAGIC = "spillkit-sent-journal 1"
_WORD = re.compile(r"[A-Za-z0-9._:+-]{1,80}")
_CHAIN_BYTES = 16
_SUFFIX = ".journal"
_READ_BYTES = 1 << 20


class Mark(msgspec.Struct, frozen=True):
    """How far a journal went at a moment. The database keeps it with each commit."""

    name: str  # of the journal
    length: int  # bytes
    digest: str  # the chain of its last line


class Line(NamedTuple):
    """One line of a journal."""

    notice: str
    number: int  # of the try, from 1; 0 before the first
    at_ms: int  # since 1970-01-01 UTC
    event: Event  # ANSWER_LOST for an offer, as long as no answer follows
    code: str  # of the answer: "250", "451-4.7.1"; or the kind of evidence; "-": none
    server_id: str  # the server's own id of the mail; "-": it named none
    is_offer: bool
    end: int  # byte offset of the end of the line


def is_word(text: str) -> bool:
    """Return whether a journal takes this as an id: letters, digits and . _ : + -, at most 80.

    >>> is_word("5K3M7Q"), is_word("jane@example.org")
    (True, False)
    """
    return _WORD.fullmatch(text) is not None


# ---- Writing ----


class Journal:
    """An open journal of this process. Its threads may use it at once: they wait for the disk together."""

    def __init__(self, path: Path, folder: str) -> None:
        """Begin a new journal.

        Raises  SendingError if it cannot be written
        """
        self.name = path.name.removesuffix(_SUFFIX)
        self._lock = threading.Lock()
        self._settled = threading.Condition()
        self._is_settling = False
        self._failed = False
        self._length = self._durable = 0
        self._chain = b""
        try:
            self._file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._settle(self._write(f"{_MAGIC} {self.name} {folder}"))
            _sync_folder(path.parent)
        except OSError as error:
            raise _cannot_write(error) from error

    def offer(self, notice: str, number: int, at: datetime) -> None:
        """Mark that the last dot of a notice is about to leave. Once this returns, the mark is on the disk.

        Raises  SendingError if that cannot be written: the dot must not leave then, nor any other of this process
        """
        self._settle(self._write(f"offer {_word(notice)} {number:d} {_ms(at)}"))

    def answer(self, notice: str, number: int, at: datetime, event: Event, code: str, server_id: str = "") -> None:
        """Keep what the server answered. The disk may have it a little later: without it the notice is held."""
        self._write(
            f"answer {_word(notice)} {number:d} {_ms(at)} {event.value} {_word(code)} {_word(server_id or '-')}"
        )

    def step(self, notice: str, number: int, at: datetime, event: Event, evidence: str) -> None:
        """Keep what was found or decided of a notice, before the database is told. Call `mark` before that commit."""
        self._write(f"step {_word(notice)} {number:d} {_ms(at)} {event.value} {_word(evidence)} -")

    def mark(self) -> Mark:
        """Return how far this journal goes; all of that is on the disk."""
        with self._lock:
            length, chain = self._length, self._chain
        self._settle(length)
        return Mark(self.name, length, chain.hex())

    def close(self) -> None:
        """End it, and let go of its lock."""
        if self._file >= 0:
            try:
                self._settle(self._length)
            finally:
                os.close(self._file)
                self._file = -1

    def _write(self, text: str) -> int:
        """Write a line; return its end. It is with the system, and outlives this process, once this returns."""
        with self._lock:
            if self._failed or self._file < 0:
                raise _cannot_write(None)
            chain = _next_chain(self._chain, text.encode("ascii"))
            line = f"{text} {chain.hex()}\n".encode("ascii")
            try:
                written = os.write(self._file, line)
            except OSError as error:
                self._failed = True
                raise _cannot_write(error) from error
            if written != len(line):
                self._failed = True  # The disk is full. Nothing may follow half a line.
                raise _cannot_write(None)
            self._chain = chain
            self._length += written
            return self._length

    def _settle(self, length: int) -> None:
        """Wait until so many bytes are on the disk. Who comes first asks the disk for all who wait."""
        while True:
            with self._settled:
                while self._is_settling and self._durable < length and not self._failed:
                    self._settled.wait()
                if self._durable >= length:
                    return
                if self._failed:
                    raise _cannot_write(None)
                self._is_settling = True
            with self._lock:
                reached = self._length
            try:
                os.fdatasync(self._file)
            except OSError as error:
                self._failed = True  # After a failed fsync nobody knows what is on the disk (fsync(2)).
                raise _cannot_write(error) from error
            finally:
                with self._settled:
                    self._is_settling = False
                    if not self._failed:
                        self._durable = max(self._durable, reached)
                    self._settled.notify_all()


# ---- Reading ----


class Reading:
    """Reads a journal from its beginning, and checks every line. `mark` is where it ended, once all lines were read.

    known   where the database last saw it; its chain there must be the same
    """

    def __init__(self, path: Path, folder: str, known: Mark | None = None) -> None:
        self.name = path.name.removesuffix(_SUFFIX)
        self._path, self._folder, self._known = path, folder, known
        self.mark = Mark(self.name, 0, "")
        self.is_torn = False

    def __iter__(self) -> Iterator[Line]:
        """Give the lines in their order.

        Raises  JournalDamaged, with the number of the line, if one is altered or lost, or the file is not the one that was marked
        """
        chain, end, number, rest = b"", 0, 0, b""
        known = self._known
        is_known = known is None or known.length == 0
        try:
            file = self._path.open("rb")
        except OSError as error:
            raise JournalDamaged(
                "The sent journal {name} cannot be read. Bring it back before anything is sent.", name=self.name
            ) from error
        with file:
            while block := file.read(_READ_BYTES):
                lines = (rest + block).split(b"\n")
                rest = lines.pop()
                for raw in lines:
                    number += 1
                    text, _space, told = raw.rpartition(b" ")
                    chain = _next_chain(chain, text)
                    if told != chain.hex().encode():
                        raise self._damaged(number)
                    end += len(raw) + 1
                    if known is not None and end == known.length:
                        if known.digest != chain.hex():
                            raise self._another()
                        is_known = True
                    if number > 1:
                        yield self._line(text, number, end)
                    elif text != f"{_MAGIC} {self.name} {self._folder}".encode():
                        raise self._another()
        if not is_known:
            raise self._another()
        self.is_torn = bool(rest)
        self.mark = Mark(self.name, end, chain.hex())

    def _line(self, text: bytes, number: int, end: int) -> Line:
        try:
            kind, notice, tries, at, *more = text.decode("ascii").split(" ")
            if kind == "offer" and not more:
                return Line(notice, int(tries), int(at), Event.ANSWER_LOST, "-", "-", True, end)
            if kind in ("answer", "step"):
                event, code, server_id = more
                return Line(notice, int(tries), int(at), Event(event), code, server_id, False, end)
        except ValueError:  # UnicodeDecodeError is one too.
            pass
        raise self._damaged(number)

    def _damaged(self, number: int) -> JournalDamaged:
        return JournalDamaged(
            "The sent journal {name} is damaged in line {line}. Bring it back from another copy before anything is sent.",
            name=self.name,
            line=number,
        )

    def _another(self) -> JournalDamaged:
        return JournalDamaged(
            "The sent journal {name} is not the one that the database knows: it is older, or another. "
            "Bring the right one back before anything is sent.",
            name=self.name,
        )


def last_mark(path: Path) -> Mark:
    """Return where a journal ends, read from its last lines alone.

    Raises  JournalDamaged if it has no whole line
    """
    name = path.name.removesuffix(_SUFFIX)
    try:
        with path.open("rb") as file:
            length = file.seek(0, os.SEEK_END)
            start = file.seek(max(0, length - 4096))
            tail = file.read()
    except OSError:
        tail, start = b"", 0
    whole = tail.rpartition(b"\n")[0]
    digest = whole.rpartition(b" ")[2].decode("ascii", "replace")
    if not whole:
        raise JournalDamaged("The sent journal {name} holds nothing, or is gone.", name=name)
    return Mark(name, start + len(whole) + 1, digest)


def fold(lines: Iterable[Line], trails: dict[str, dict[int, Event]] | None = None) -> dict[str, dict[int, Event]]:
    """Return what became of each try of each notice, whatever order journals are read in.

    trails  what earlier journals said; it grows

    >>> fold([Line("a", 1, 0, Event.ANSWER_LOST, "-", "-", True, 9)])
    {'a': {1: <Event.ANSWER_LOST: 'answer-lost'>}}
    """
    trails = {} if trails is None else trails
    for line in lines:
        tries = trails.setdefault(line.notice, {})
        tries[line.number] = later(tries.get(line.number), line.event)
    return trails


# ---- The folder ----


class Folder:
    """The folder of all sent journals of one database. It has an id, which the database knows as well."""

    def __init__(self, path: Path) -> None:
        """Open the folder, and make it where there is none.

        Raises  SendingError if it cannot be used
        """
        self.path = path
        try:
            path.mkdir(mode=0o700, exist_ok=True)
            with self.locked():
                named = path / "folder"
                if not named.exists():
                    made = path / "folder.new"
                    made.write_text(secrets.token_hex(8) + "\n", encoding="ascii")
                    with made.open("rb") as file:
                        os.fsync(file.fileno())
                    made.rename(named)
                    _sync_folder(path)
                self.id = _word(named.read_text(encoding="ascii").strip())
        except (OSError, ValueError) as error:
            raise SendingError(
                "The folder of the sent journals cannot be used. Check that it is there and may be written to."
            ) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder: whoever starts sending, or reconciles, waits for the others."""
        with locked(self.path / "lock"):
            yield

    def journals(self) -> list[Path]:
        """Return the files of all journals, the oldest first."""
        return sorted(self.path.glob(f"*{_SUFFIX}"))

    def path_of(self, name: str) -> Path:
        return self.path / f"{name}{_SUFFIX}"

    def begin(self, now: datetime) -> Journal:
        """Begin a journal for this process."""
        return Journal(self.path_of(f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(8)}"), self.id)

    def is_written(self, name: str) -> bool:
        """Return whether a living process holds a journal."""
        with self.held(name) as is_mine:
            return not is_mine

    @contextmanager
    def held(self, name: str) -> Iterator[bool]:
        """Hold a journal whose process is gone; gives False where it lives."""
        try:
            handle = os.open(self.path_of(name), os.O_RDONLY)
        except OSError as error:
            raise JournalDamaged("The sent journal {name} holds nothing, or is gone.", name=name) from error
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                is_mine = True
            except BlockingIOError:
                is_mine = False
            yield is_mine
        finally:
            os.close(handle)


def _next_chain(chain: bytes, text: bytes) -> bytes:
    return blake2b(chain + text, digest_size=_CHAIN_BYTES).digest()


def _word(text: str) -> str:
    if not is_word(text):
        raise ValueError("not a word of a sent journal")  # Never the word itself: it may be an address.
    return text


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write(error: OSError | None) -> SendingError:
    why = (error.strerror if error is not None else None) or "it failed before"
    return SendingError(
        "The sent journal cannot be written ({why}). Nothing more is sent by this process. "
        "Make room on the disk and start it again.",
        why=why,
    )
