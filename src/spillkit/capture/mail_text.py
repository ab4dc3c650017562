"""Collect what a reader of a MIME message or multipart body sees.

In:    the bytes of a message or of a multipart body.
Out:   all its text as UTF-8: decoded headers that recipients see, text parts and text attachments, parted by form feeds.
Else:  who received the message is `mail`.

The standard library's parser accepts nearly anything, but its header classes fail on hostile input; so headers are read raw
(policy compat32) and decoded here.
"""

from __future__ import annotations

import binascii
import re
from email import message_from_bytes, policy
from email.errors import CloseBoundaryNotFoundDefect, HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message

from spillkit.capture.charset import to_utf8
from spillkit.capture.limits import Limits
from spillkit.capture.media import LOOK_BYTES, Kind, kind_of, looks_like_text
from spillkit.model import Headers

FORM_FEED = b"\n\x0c\n"
# What a mail program shows above the text. Bcc is not among them: the others do not see it.
SHOWN_HEADERS = ("subject", "from", "sender", "to", "cc", "reply-to", "comments", "keywords")
_PARSER_FAILURES = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError)
_ENCODED_WORD = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=")


def parse_message(data: bytes) -> Message | None:
    """Parse a message's bytes; None where even the tolerant parser gives up."""
    try:
        return message_from_bytes(data, policy=policy.compat32)
    except _PARSER_FAILURES:
        return None


def raw_headers(message: Message) -> Headers:
    """Return the headers of a message as they stand, names in lower case, raw bytes as surrogate escapes."""
    return tuple((name.lower(), str(value)) for name, value in message.raw_items())


def is_incomplete(message: Message) -> bool:
    """Whether a part's closing boundary is missing: the message was cut."""
    return any(isinstance(d, CloseBoundaryNotFoundDefect) for part in message.walk() for d in part.defects)


def header_text(value: object) -> str:
    """Return a raw header value as text: RFC 2047 words decoded, folded lines joined, raw 8-bit bytes read as UTF-8."""
    text = str(value)
    if "\udc80" <= max(text, default="") <= "\udcff" or not text.isascii():
        text = to_utf8(text.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")
    text = text.replace("\r", "").replace("\n", "")
    if not _ENCODED_WORD.search(text):
        return text
    pieces: list[str] = []
    try:
        for piece, charset in decode_header(text):
            if isinstance(piece, str):
                pieces.append(piece)
            else:
                pieces.append(to_utf8(piece, charset or "").decode("utf-8", "replace"))
    except (HeaderParseError, binascii.Error, *_PARSER_FAILURES):
        return text
    return "".join(pieces)


def text_of_message(message: Message, limits: Limits) -> tuple[bytes, int]:
    """Return the text of a message, and how many of its parts hold no text that could be looked at (PDF, office files).

    Cost  nested messages are followed limits.nesting deep; the text is cut a little above limits.body_bytes
    """
    collected = _Collected(limits)
    collected.add_message(message, 0)
    return FORM_FEED.join(collected.texts), collected.parts_not_looked_at


def text_of_parts(data: bytes, content_type: str, limits: Limits) -> bytes:
    """Return the text of a multipart body (multipart/mixed, multipart/form-data) whose header is `content_type`.

    A body without encoded parts stays as it is, so that offsets point into what was sent.
    """
    low = data[: limits.body_bytes].lower()
    if b"content-transfer-encoding" not in low:
        return to_utf8(data)
    header = content_type.encode("ascii", "replace").replace(b"\r", b" ").replace(b"\n", b" ")
    message = parse_message(b"Content-Type: " + header + b"\r\n\r\n" + data)
    if message is None or not message.is_multipart():
        return to_utf8(data)
    collected = _Collected(limits)
    collected.add_part(message, 0)
    return FORM_FEED.join(collected.texts)


class _Collected:
    def __init__(self, limits: Limits) -> None:
        self.texts: list[bytes] = []
        self.parts_not_looked_at = 0
        self._limits = limits
        self._room = limits.body_bytes + 1

    def add_message(self, message: Message, depth: int) -> None:
        shown = []
        for name, value in raw_headers(message):
            if name in SHOWN_HEADERS:
                shown.append(f"{name.capitalize()}: {header_text(value)}")
        if shown:
            self._add("\n".join(shown).encode("utf-8", "replace"))
        self.add_part(message, depth)

    def add_part(self, part: Message, depth: int) -> None:
        if depth > self._limits.nesting or self._room <= 0:
            self.parts_not_looked_at += 1
            return
        if part.is_multipart():
            is_message = _type_of(part).startswith("message/")
            for inner in part.get_payload():
                if not isinstance(inner, Message):
                    continue
                if is_message:
                    self.add_message(inner, depth + 1)
                else:
                    self._add_file_name(inner)
                    self.add_part(inner, depth + 1)
            return
        self._add_leaf(part)

    def _add_file_name(self, part: Message) -> None:
        try:
            name = part.get_filename()
        except _PARSER_FAILURES:
            return
        if name:
            self._add(header_text(name).encode("utf-8", "replace"))

    def _add_leaf(self, part: Message) -> None:
        try:
            data = part.get_payload(decode=True)
        except _PARSER_FAILURES:
            data = None
        if not isinstance(data, bytes):
            payload = part.get_payload()
            data = payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""
        media_type = _type_of(part)
        kind = kind_of(media_type, data[:LOOK_BYTES])
        if kind is Kind.TEXT or (media_type.startswith("message/") and looks_like_text(data[:LOOK_BYTES])):
            try:
                label = part.get_content_charset() or ""
            except _PARSER_FAILURES:
                label = ""
            self._add(to_utf8(data, label))
        elif kind is not Kind.PICTURE and data:
            self.parts_not_looked_at += 1

    def _add(self, text: bytes) -> None:
        if self._room > 0:
            self.texts.append(text[: self._room])
            self._room -= len(text) + len(FORM_FEED)


def _type_of(part: Message) -> str:
    try:
        return part.get_content_type()
    except _PARSER_FAILURES:
        return ""
