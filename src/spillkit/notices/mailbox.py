"""Read a mailbox: a Maildir, an mbox file, or a folder of an IMAP server.

In:    where it is; a key; what was read before.
Out:   each mail that was not read before, as bytes. Nothing is deleted, moved or marked: others may read the same mailbox.
Else:  what a mail says is `incoming`, `dsn` and `ours`; acting on it is the server's.

What was read is remembered by keyed digests, of names that the mailbox gives (a Maildir's file, an IMAP folder's UIDVALIDITY and
UID) or of the mail itself (mbox). A mail is remembered when the caller has acted on it, so that a kill in between loses none: then
it comes once more, and acting twice must do no harm.

    /var/mail/notices                                  an mbox file
    /home/notices/Maildir                              a Maildir
    imaps://user:password@mail.example.org/INBOX       TLS from the first byte; imap:// with STARTTLS. From the environment only

Source: RFC 3501 (IMAP4rev1), RFC 8314 (TLS), mbox(5) and maildir(5).
"""

from __future__ import annotations

import contextlib
import fcntl
import hmac
import imaplib
import mailbox
import os
import re
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from spillkit.errors import NoticesError, SettingsError

MOST_BYTES = 2 * 1024 * 1024 + 1  # of a mail that are read; `genuine` looks at one less
_SECONDS = 60.0  # of one question to an IMAP server
_AT_ONCE = 1_000
_LOCK_SECONDS = 5.0
_FORM = (
    "SPILLKIT_MAILBOX must be a folder (Maildir), a file (mbox), or read imaps://user:password@mail.example.org/INBOX. "
    "Its value is not shown here."
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One mail in a mailbox."""

    key: str  # 32 hex digits: by these it is remembered
    raw: bytes = field(repr=False)  # cut where it is longer than MOST_BYTES


class Mailbox(Protocol):
    """Something that holds mails."""

    def mails(self, is_known: Callable[[str], bool]) -> Iterator[Incoming]:
        """Yield each mail whose key is not known.

        Raises  NoticesError if the mailbox cannot be read
        """
        ...


def open_mailbox(place: str, key: bytes) -> Mailbox:
    """Return the mailbox at a place.

    place   see above
    key     secret, of the keys by which mails are remembered
    Raises  SettingsError if the place cannot be meant; the message shows none of it
    """
    if "://" in place:
        return _imap_box(place, key)
    path = Path(place)
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, ValueError):
        raise SettingsError(_FORM) from None
    if is_folder and (path / "cur").is_dir() and (path / "new").is_dir():
        return Maildir(path, key)
    if is_file:
        return Mbox(path, key)
    raise SettingsError(_FORM)


class ReadBefore:
    """What was read, in a file that only grows: one key a line. One reader at a time holds it."""

    def __init__(self, path: Path) -> None:
        """Open the file, and make it where there is none.

        Raises  NoticesError if it cannot be written, or another process reads the mailbox now
        """
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise NoticesError(
                f"{path.name}: cannot be written ({error.strerror}). Make room, or mend the rights."
            ) from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with open(self._handle, "rb", closefd=False) as file:
                text = file.read()
        except OSError as error:
            os.close(self._handle)
            raise NoticesError("The mailbox is being read by another process. Let it end.") from error
        self._keys = {line.decode("ascii", "replace") for line in text.split(b"\n") if len(line) == 32}
        self._is_torn = not text.endswith(b"\n") and bool(text)

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, keys: Iterable[str]) -> None:
        """Remember mails that were acted on; they are on the disk once this returns. NoticesError if the disk refuses."""
        new = [key for key in dict.fromkeys(keys) if key not in self._keys]
        if not new:
            return
        text = ("\n" if self._is_torn else "") + "".join(f"{key}\n" for key in new)
        try:
            os.write(self._handle, text.encode("ascii"))
            os.fsync(self._handle)
        except OSError as error:
            raise NoticesError(
                f"What was read cannot be remembered ({error.strerror}). Make room on the disk."
            ) from error
        self._is_torn = False
        self._keys.update(new)

    def close(self) -> None:
        os.close(self._handle)


def _digest(key: bytes, *parts: bytes) -> str:
    # Lengths go before what is joined, so that no two names give the same message.
    return hmac.digest(key, b"".join(len(part).to_bytes(8, "big") + part for part in parts), "sha256")[:16].hex()


# ---- Maildir ----


@dataclass(frozen=True, slots=True)
class Maildir:
    """A Maildir. Mails stay where they are, new ones in `new`."""

    path: Path
    key: bytes = field(repr=False)

    def mails(self, is_known: Callable[[str], bool]) -> Iterator[Incoming]:
        """Yield mails in the order of their names, which begin with the time of delivery. NoticesError as in `Mailbox`."""
        for unique, path in sorted(self._files()):
            key = _digest(self.key, b"maildir", unique)
            if not is_known(key) and (raw := self._read(unique, path)) is not None:
                yield Incoming(key, raw)

    def _files(self) -> Iterator[tuple[bytes, Path]]:
        for folder in ("new", "cur"):
            try:
                for entry in os.scandir(self.path / folder):
                    if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                        yield _unique(entry.name), Path(entry.path)
            except OSError as error:
                raise NoticesError(f"The Maildir cannot be read ({error.strerror}).") from error

    def _read(self, unique: bytes, path: Path) -> bytes | None:
        """Return a mail; None where it is gone."""
        try:
            try:
                return _start_of(path)
            except FileNotFoundError:  # Another program moved it from `new` to `cur`.
                again = next((path for name, path in self._files() if name == unique), None)
                return _start_of(again) if again is not None else None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise NoticesError(
                f"A mail in the Maildir cannot be read ({error.strerror}). Run this as its owner."
            ) from error


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES)


def _unique(name: str) -> bytes:
    """Return a file's name without its flags, which change."""
    return os.fsencode(name.partition(":")[0])


# ---- mbox ----

_CHANGING = re.compile(rb"(?im)^(?:Status|X-Status|X-Keywords|X-UID|Content-Length|Lines): .*\r?\n")


@dataclass(frozen=True, slots=True)
class Mbox:
    """An mbox file, mboxo or mboxrd. A delivery that goes on is waited for, where it locks the file as Postfix does."""

    path: Path
    key: bytes = field(repr=False)

    def mails(self, is_known: Callable[[str], bool]) -> Iterator[Incoming]:
        """Yield mails in their order. NoticesError as in `Mailbox`."""
        try:
            with self.path.open("rb") as lock:
                _wait_for(lock.fileno())
                box = mailbox.mbox(os.fspath(self.path), create=False)
                try:
                    for number in box.iterkeys():
                        with contextlib.closing(box.get_file(number)) as file:
                            raw = file.read(MOST_BYTES)
                        head, between, body = raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw[:4096] else b"\n\n")
                        key = _digest(self.key, b"mbox", _CHANGING.sub(b"", head + b"\n"), body)
                        if not is_known(key):
                            yield Incoming(key, head + between + re.sub(rb"(?m)^>(>*From )", rb"\1", body))
                finally:
                    box.close()
        except (OSError, mailbox.Error, ValueError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or "it is no mbox"
            raise NoticesError(f"The mailbox cannot be read ({why}).") from error


def _wait_for(handle: int) -> None:
    """Take a reader's lock, which keeps deliveries away that lock by fcntl. It ends when the file is closed."""
    until = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.lockf(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            if time.monotonic() > until:
                raise NoticesError("The mailbox is being written all the time. Try again in a minute.") from None
            time.sleep(0.1)
        else:
            return


# ---- IMAP ----


@dataclass(frozen=True, slots=True)
class ImapBox:
    """A folder of an IMAP server, opened for reading only."""

    host: str
    port: int
    user: str = field(repr=False)
    password: str = field(repr=False)
    folder: str
    is_tls: bool  # from the first byte; else STARTTLS, which is a must
    key: bytes = field(repr=False)

    def mails(self, is_known: Callable[[str], bool]) -> Iterator[Incoming]:
        """Yield mails from the oldest to the newest. NoticesError as in `Mailbox`."""
        try:
            imap = self._open()
        except (OSError, imaplib.IMAP4.error) as error:
            raise NoticesError(f"The IMAP server cannot be used: {_why(error)}. Check SPILLKIT_MAILBOX.") from error
        try:
            self._sign_in(imap)
            yield from self._unread(imap, is_known)
        except (OSError, imaplib.IMAP4.error) as error:
            raise NoticesError(
                f"The IMAP server ended the conversation: {_why(error)}. What was read is kept; try again."
            ) from error
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                imap.logout()

    def _open(self) -> imaplib.IMAP4:
        context = ssl.create_default_context()
        if self.is_tls:
            return imaplib.IMAP4_SSL(self.host, self.port, ssl_context=context, timeout=_SECONDS)
        imap = imaplib.IMAP4(self.host, self.port, timeout=_SECONDS)
        imap.starttls(context)
        return imap

    def _sign_in(self, imap: imaplib.IMAP4) -> None:
        try:
            if "AUTH=PLAIN" in imap.capabilities:
                said = f"\0{self.user}\0{self.password}".encode()
                imap.authenticate("PLAIN", lambda _challenge: said)
            else:
                imap.login(_quoted(self.user), self.password)
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, UnicodeError):
            # What the server says may name the user.
            raise NoticesError("The IMAP server refuses user or password of SPILLKIT_MAILBOX.") from None

    def _unread(self, imap: imaplib.IMAP4, is_known: Callable[[str], bool]) -> Iterator[Incoming]:
        said, counted = imap.select(_quoted(self.folder), readonly=True)
        if said != "OK":
            raise NoticesError("The IMAP server has no such folder. Check the end of SPILLKIT_MAILBOX.")
        _name, validity = imap.response("UIDVALIDITY")
        names = [self.host.encode(), self.folder.encode(), bytes(validity[0] or b"") if validity else b""]
        count = int(counted[0] or b"0")
        for first in range(1, count + 1, _AT_ONCE):
            _said, lines = imap.fetch(f"{first}:{min(first + _AT_ONCE - 1, count)}", "(UID)")
            for uid in (found[1] for line in lines if isinstance(line, bytes) and (found := _UID.search(line))):
                key = _digest(self.key, b"imap", *names, uid)
                if not is_known(key):
                    _said, parts = imap.uid("FETCH", uid.decode("ascii"), f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
                    raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
                    if raw is not None:  # else somebody deleted it meanwhile
                        yield Incoming(key, bytes(raw))


_UID = re.compile(rb"\bUID (\d{1,10})\b")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _why(error: Exception) -> str:
    """Return what happened, in words that hold nothing of the server's."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not trusted, or is another host's"
    if isinstance(error, ssl.SSLError):
        return "no TLS with it"
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, OSError):
        return error.strerror or "it cannot be reached"
    return "it says something else than IMAP"


def _imap_box(place: str, key: bytes) -> ImapBox:
    try:
        parts = urlsplit(place)
        port = parts.port
    except ValueError:
        raise SettingsError(_FORM) from None
    user, password, folder = unquote(parts.username or ""), unquote(parts.password or ""), unquote(parts.path[1:])
    is_odd = any(not sign.isprintable() for sign in user + password + folder) or not folder.isascii()
    if parts.scheme not in ("imap", "imaps") or not (parts.hostname and user and password) or is_odd:
        raise SettingsError(_FORM)
    if parts.query or parts.fragment:
        raise SettingsError(_FORM)
    is_tls = parts.scheme == "imaps"
    return ImapBox(parts.hostname, port or (993 if is_tls else 143), user, password, folder or "INBOX", is_tls, key)
