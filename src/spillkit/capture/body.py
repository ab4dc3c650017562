"""Make of a recorded body what the matcher looks at: UTF-8 text without any encoding.

In:    the recorded bytes or text, their content-type and content-encoding.
Out:   Body: the text, whether all of it could be looked at, and its length.
Else:  each step has its module: `content_encoding`, `media`, `mail_text` (parts), `charset`.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from spillkit.capture.charset import to_utf8
from spillkit.capture.content_encoding import undo_encodings, undo_gzip
from spillkit.capture.limits import Limits
from spillkit.capture.mail_text import text_of_parts
from spillkit.capture.media import LOOK_BYTES, Kind, charset_of, is_in_bytes, kind_of, media_type_of
from spillkit.capture.stored import GZIP_MAGIC
from spillkit.model import BodyState

_MOST_BYTES = 1 << 62  # recordings may claim any length


@dataclass(frozen=True, slots=True)
class Body:
    """A body as an Exchange carries it."""

    data: bytes | None
    state: BodyState
    size: int  # bytes of the decoded body, or what the recording says


def missing_body(size: int = 0) -> Body:
    """Return the body of an exchange whose recorder kept none; size is what it says the length was."""
    return Body(None, BodyState.MISSING, min(max(size, 0), _MOST_BYTES))


def body_of_bytes(
    raw: bytes, content_type: str, content_encoding: str, limits: Limits, *, is_cut: bool = False
) -> Body:
    """Undo everything between the recorded bytes and their text.

    raw               bytes as recorded, transfer-encoding undone
    content_type      the header's value, "" if there is none
    content_encoding  the header's value, "" if there is none or it is undone already
    is_cut            the recorder is known to have kept a part only
    """
    damaged, large = is_cut, False
    if content_encoding:
        undone = undo_encodings(raw, content_encoding, limits)
        raw, damaged, large = undone.data, damaged or undone.is_damaged, undone.is_too_large
    media_type = media_type_of(content_type)
    if raw[:3] == GZIP_MAGIC:  # an export handed out as .csv.gz, or a second gzip that no header names
        undone = undo_gzip(raw, limits)
        raw, damaged, large = undone.data, damaged or undone.is_damaged, large or undone.is_too_large
    size = len(raw)
    if size > limits.body_bytes:
        raw, large = raw[: limits.body_bytes], True
    kind = kind_of(media_type, raw[:LOOK_BYTES])
    if kind is Kind.PICTURE:
        return Body(b"", BodyState.OK, size)
    if kind is Kind.DOCUMENT:
        return Body(None, BodyState.NOT_TEXT, size)
    if kind is Kind.UNKNOWN:
        # Its plain strings are found where they stand, but nobody can say that all of it was looked at.
        return Body(raw, BodyState.NOT_TEXT, size)
    if media_type.startswith("multipart/"):
        raw = text_of_parts(raw, content_type, limits)
    elif not is_in_bytes(media_type):
        raw = to_utf8(raw, charset_of(content_type))
    return Body(raw, _state(damaged, large), size if large else len(raw))


def body_of_text(text: str, content_type: str, limits: Limits, *, is_cut: bool = False) -> Body:
    """Return the body of a text that its recorder decoded already; lone surrogates become question marks."""
    size = len(text)
    large = size > limits.body_bytes
    if large:
        text = text[: limits.body_bytes]
    try:
        data = text.encode()
    except UnicodeEncodeError:
        data = text.encode("utf-8", "replace")
    if len(data) > limits.body_bytes:
        data, large = data[: limits.body_bytes], True
    if data.startswith(b"%PDF-"):
        return Body(None, BodyState.NOT_TEXT, size)
    if content_type[:10].lower() == "multipart/":
        data = text_of_parts(data, content_type, limits)
    return Body(data, _state(is_cut, large), size if large else len(data))


def _state(damaged: bool, large: bool) -> BodyState:
    if large:
        return BodyState.TOO_LARGE
    return BodyState.DAMAGED if damaged else BodyState.OK


def decode_base64(text: str) -> tuple[bytes, bool]:
    """Return the bytes of a base64 text, and whether it was damaged (cut, or with other characters in it)."""
    try:
        return base64.b64decode(text, validate=True), False
    except (binascii.Error, ValueError):
        pass
    clean = re.sub(r"[^A-Za-z0-9+/]", "", text.replace("-", "+").replace("_", "/"))
    try:
        raw = base64.b64decode(clean[: len(clean) // 4 * 4] + _rest(clean))
    except (binascii.Error, ValueError):
        return b"", True
    return raw, len(clean) % 4 == 1 or not set(text) <= _BASE64


_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\r\n\t ")


def _rest(clean: str) -> str:
    rest = clean[len(clean) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""
