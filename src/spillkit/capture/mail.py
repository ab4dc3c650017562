"""Read mail: a message is an exchange for each of its recipients.

In:    one message (.eml), an mbox, a Maildir folder.
Out:   for each message and recipient an exchange with the message's text; damages.
Else:  collecting the text is `mail_text`; which customer a recipient is, is `entitlement`.

Recipients are those of To, Cc, Bcc and of the headers in which servers note the envelope. Everybody in To and Cc is shown to
every recipient, so these headers are part of the body; Bcc and the envelope are not.

Source: RFC 5322, 3.6.3 (destination fields); RFC 4155 (mbox); RFC 2822 dates in Received.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, tzinfo
from email.utils import getaddresses
from pathlib import Path

from spillkit.capture.body import Body
from spillkit.capture.charset import to_utf8
from spillkit.capture.limits import Limits
from spillkit.capture.lines import read_lines
from spillkit.capture.mail_text import is_incomplete, parse_message, raw_headers, text_of_message
from spillkit.capture.stored import Stored
from spillkit.capture.times import parse_mail_time
from spillkit.errors import CaptureError
from spillkit.model import BodyState, Channel, Damage, Exchange, Headers, Request, SourceId

_RECIPIENT_HEADERS = frozenset(
    """to cc bcc x-original-to delivered-to x-envelope-to envelope-to x-rcpt-to apparently-to
    resent-to resent-cc resent-bcc""".split()
)
_OPEN_HEADERS = frozenset({"to", "cc", "resent-to", "resent-cc"})  # what every recipient can read
_MOST_RECIPIENTS = 100_000
_SEPARATOR = re.compile(rb"From \S+ .{0,100}\d{4}|From (?:- )?\w{3} \w{3} .{0,60}\d{4}")


def read_eml(
    path: Path, source: SourceId, limits: Limits, *, start_entry: int = 0, assume_zone: tzinfo | None = None
) -> Iterator[Exchange | Damage]:
    """Yield the exchanges of a single message; its entry is 0."""
    if start_entry > 0:
        return
    with Stored(path, limits) as stored:
        pieces: list[bytes] = []
        size = 0
        while size <= limits.entry_bytes and (chunk := stored.read()):
            pieces.append(chunk)
            size += len(chunk)
        problems = stored.take_problems()
    yield from exchanges_of_message(b"".join(pieces), source, 0, limits, assume_zone, is_cut=bool(problems))
    for offset, reason in problems:
        yield Damage(source, 0, offset, reason, None)


def read_mbox(
    path: Path, source: SourceId, limits: Limits, *, start_entry: int = 0, assume_zone: tzinfo | None = None
) -> Iterator[Exchange | Damage]:
    """Yield the exchanges of an mbox; the entry is the 0-based number of the message.

    A message begins at a `From ` line that names a sender and a date and follows a blank line, so that a sentence beginning
    with "From" ends no message. `>From ` is left as it is.
    """
    with Stored(path, limits) as stored:
        number = -1
        message: list[bytes] = []
        size = 0
        after_blank = True
        for _, line in read_lines(stored, limits.entry_bytes):
            if after_blank and line is not None and line.startswith(b"From ") and _SEPARATOR.match(line):
                if number >= start_entry:
                    yield from _of_lines(message, size, source, number, limits, assume_zone)
                number += 1
                message.clear()
                size = 0
                after_blank = False
                continue
            after_blank = line is not None and line in (b"", b"\r")
            size += limits.entry_bytes + 1 if line is None else len(line) + 1
            if line is not None and size <= limits.entry_bytes and number >= start_entry:
                message.append(line)
            number = max(number, 0)
            for offset, reason in stored.take_problems():
                yield Damage(source, number, offset, reason, None)
        if number >= start_entry:
            yield from _of_lines(message, size, source, number, limits, assume_zone)
        for offset, reason in stored.take_problems():
            yield Damage(source, None, offset, reason, None)


def _of_lines(
    lines: list[bytes], size: int, source: SourceId, number: int, limits: Limits, zone: tzinfo | None
) -> Iterator[Exchange | Damage]:
    if size > limits.entry_bytes:
        yield Damage(source, number, None, "the message is larger than the limit; its first part was read", None)
    yield from exchanges_of_message(b"\n".join(lines), source, number, limits, zone, is_cut=size > limits.entry_bytes)


def read_maildir(
    path: Path, source: SourceId, limits: Limits, *, start_entry: int = 0, assume_zone: tzinfo | None = None
) -> Iterator[Exchange | Damage]:
    """Yield the exchanges of a Maildir; the entry is the 0-based number of the message in the order of their names."""
    for number, file in enumerate(maildir_files(path)):
        if number < start_entry:
            continue
        try:
            with file.open("rb") as opened:
                data = opened.read(limits.entry_bytes + 1)
        except OSError as error:
            yield Damage(source, number, None, f"the message's file cannot be read ({error.strerror})", 1)
            continue
        is_cut = len(data) > limits.entry_bytes
        yield from exchanges_of_message(data, source, number, limits, assume_zone, is_cut=is_cut)


def maildir_files(path: Path) -> list[Path]:
    """Return the messages of a Maildir in an order that stays when a mail program reads, flags or moves them.

    Raises  CaptureError if the folder cannot be listed
    """
    try:
        files = [file for folder in ("new", "cur") if (path / folder).is_dir() for file in (path / folder).iterdir()]
        return sorted(
            (f for f in files if f.is_file() and not f.name.startswith(".")), key=lambda f: f.name.partition(":")[0]
        )
    except OSError as error:
        raise CaptureError(f"{path.name}: cannot be listed ({error.strerror}). Check its rights.") from error


def maildir_digest(path: Path) -> str:
    """Return the SHA-256, in hex, over the SHA-256 of each message in order; flags and folders do not change it."""
    whole = hashlib.sha256()
    for file in maildir_files(path):
        try:
            with file.open("rb") as opened:
                whole.update(hashlib.file_digest(opened, "sha256").digest())
        except OSError:
            continue  # It becomes a damage when it is read.
    return whole.hexdigest()


def exchanges_of_message(
    data: bytes, source: SourceId, number: int, limits: Limits, zone: tzinfo | None = None, *, is_cut: bool = False
) -> Iterator[Exchange | Damage]:
    """Yield an exchange for each recipient of a message; one without addressee where none is named."""
    message = parse_message(data)
    if message is None:
        yield Damage(source, number, None, "the message cannot be parsed", 1)
        return
    headers = raw_headers(message)
    text, not_looked_at = text_of_message(message, limits)
    body = _body(text, not_looked_at, limits, is_cut=is_cut or is_incomplete(message))
    moment = _sent_at(headers, zone)
    kept = tuple((n, v) for n, v in headers if n.startswith("x-") and n not in _RECIPIENT_HEADERS)
    open_recipients = len(recipients_of(headers, _OPEN_HEADERS))
    for recipient in recipients_of(headers) or [""]:
        yield Exchange(
            source=source,
            entry=number,
            shown_at=moment,
            method="MAIL",
            url="mail:" + _route(headers),
            channel=Channel.MAIL,
            media_type="message/rfc822",
            response_headers=kept,
            body=body.data,
            body_state=body.state,
            body_bytes=body.size,
            request=Request(addressee=recipient),
            open_recipients=open_recipients,
        )


def recipients_of(headers: Headers, names: frozenset[str] = _RECIPIENT_HEADERS) -> list[str]:
    """Return the addresses that a message went to, each once (without regard to case), in the order of the headers.

    names  the headers that are looked at
    """
    found: dict[str, str] = {}
    for name, value in headers:
        if name not in names:
            continue
        text = to_utf8(value.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")
        for address in _addresses(text.replace("\r", " ").replace("\n", " ")):
            found.setdefault(address.lower(), address)
            if len(found) >= _MOST_RECIPIENTS:
                return list(found.values())
    return list(found.values())


def _addresses(text: str) -> list[str]:
    if len(text) > 1 << 16 or text.count("(") > 100:
        # The standard parser takes quadratic time on hostile comments; a plain look for addresses does for these.
        return _ADDRESS.findall(text)
    try:
        pairs = getaddresses([text])
    except (ValueError, IndexError, TypeError, RecursionError, AttributeError):
        return _ADDRESS.findall(text)
    addresses = [address.strip() for _, address in pairs]
    good = [a for a in addresses if 3 <= len(a) <= 320 and "@" in a[1:-1] and not any(c.isspace() for c in a)]
    return good or _ADDRESS.findall(text)


_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]@]{1,64}@[^\s<>,;:\"()@]{1,255}")


def _body(text: bytes, not_looked_at: int, limits: Limits, *, is_cut: bool) -> Body:
    if len(text) > limits.body_bytes:
        return Body(text[: limits.body_bytes], BodyState.TOO_LARGE, len(text))
    if is_cut:
        return Body(text, BodyState.DAMAGED, len(text))
    # With a PDF attached the text was looked at, but not the whole message.
    return Body(text, BodyState.NOT_TEXT if not_looked_at else BodyState.OK, len(text))


def _sent_at(headers: Headers, zone: tzinfo | None) -> datetime | None:
    """When the message left: its Date, or the first server's Received where that is missing or nonsense."""
    for name, value in headers:
        if name == "date":
            moment = parse_mail_time(value, zone)
            if moment:
                return moment
    for name, value in reversed(headers):
        if name == "received":
            moment = parse_mail_time(value.rpartition(";")[2].strip(), zone)
            if moment:
                return moment
    return None


def _route(headers: Headers) -> str:
    """A word for the kind of message that holds nothing of its content."""
    names = {name for name, _ in headers}
    content_type = next((value.lower() for name, value in headers if name == "content-type"), "")
    if "multipart/report" in content_type:
        return "report"
    if "list-id" in names or "list-unsubscribe" in names:
        return "list"
    if "auto-submitted" in names:
        return "automatic"
    if "in-reply-to" in names or "references" in names:
        return "reply"
    return "message"
