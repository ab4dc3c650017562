"""Tell which bodies hold text worth looking at.

In:    a media type as its sender named it, and the first bytes of the body.
Out:   TEXT, PICTURE (pictures, fonts, sound, film), DOCUMENT (PDF, office files, archives), UNKNOWN (any other bytes).
Else:  what becomes of each kind is `body`.

The bytes are believed before the label: a page sent as image/png is text, a PDF sent as text/plain is none.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache

LOOK_BYTES = 1024
_MEDIA_TYPE = re.compile(r"[a-z]{1,32}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")  # RFC 6838, 4.2


class Kind(Enum):
    TEXT = auto()
    PICTURE = auto()
    DOCUMENT = auto()
    UNKNOWN = auto()


_TEXT_TYPES = frozenset(
    """application/json application/javascript application/ecmascript application/x-javascript application/xml
    application/xhtml+xml application/x-www-form-urlencoded application/graphql application/x-ndjson application/ndjson
    application/jsonlines application/yaml application/x-yaml application/sql application/rtf application/toml
    application/csp-report application/manifest application/http application/x-httpd-php image/svg+xml
    application/x-mpegurl application/vnd.apple.mpegurl message/rfc822 message/http""".split()
)
# Binary envelopes that hold their strings as plain UTF-8: the matcher finds them where they stand.
_TEXT_IN_BYTES = (
    "protobuf",
    "grpc",
    "msgpack",
    "cbor",
    "bson",
    "thrift",
    "flatbuffers",
    "avro",
    "x-amz-json",
    "java-serialized",
)
_PICTURE_TYPES = ("image/", "font/", "audio/", "video/", "application/font", "application/x-font", "application/wasm",
                  "application/vnd.ms-fontobject", "application/ogg", "model/")  # fmt: skip
_DOCUMENT_MAGICS = (
    b"%PDF-", b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"7z\xbc\xaf", b"Rar!", b"PAR1", b"SQLite format 3",
    b"\xfd7zXZ", b"BZh",
)  # fmt: skip
_PICTURE_MAGICS = (
    b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"wOFF", b"wOF2", b"OTTO", b"\x00\x01\x00\x00\x00", b"true\x00", b"II*\x00",
    b"MM\x00*", b"OggS", b"ID3", b"fLaC", b"\x00asm", b"\x1aE\xdf\xa3", b"\x00\x00\x01\x00", b"FLV\x01",
)  # fmt: skip
_CONTROLS = bytes(b for b in range(32) if b not in b"\t\n\r\f\x1b")


@lru_cache(1024)
def media_type_of(content_type: str) -> str:
    """Return a content-type without its parameters, in lower case; "" for what is none (it may be anything, even a name)."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type if _MEDIA_TYPE.fullmatch(media_type) else ""


def charset_of(content_type: str) -> str:
    """Return the charset parameter of a content-type, "" if it has none."""
    low = content_type.lower()
    at = low.find("charset")
    if at < 0:
        return ""
    after = low[at + 7 :].lstrip()
    if not after.startswith("="):
        return ""
    return after[1:].partition(";")[0].strip(" \t\"'")[:40]


def kind_of(media_type: str, head: bytes) -> Kind:
    """Return what kind of body this is.

    media_type  lower case, without parameters; "" if nobody said
    head        the body's first LOOK_BYTES bytes, all encodings undone
    """
    if head.startswith(_DOCUMENT_MAGICS):
        return Kind.DOCUMENT
    if media_type.startswith("text/") or media_type in _TEXT_TYPES or media_type.endswith(("+json", "+xml")):
        return Kind.TEXT
    if any(word in media_type for word in _TEXT_IN_BYTES):
        return Kind.TEXT
    if looks_like_text(head):
        return Kind.TEXT
    if media_type.startswith(_PICTURE_TYPES) or is_picture(head):
        return Kind.PICTURE
    return Kind.UNKNOWN


def is_in_bytes(media_type: str) -> bool:
    """Whether the type is a binary envelope whose bytes must be left as they are."""
    return any(word in media_type for word in _TEXT_IN_BYTES)


def is_picture(head: bytes) -> bool:
    """Whether the first bytes are those of a picture, font, sound or film."""
    return (
        head.startswith(_PICTURE_MAGICS)
        or head[4:8] == b"ftyp"
        or (head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"WAVE", b"AVI "))
    )


def looks_like_text(head: bytes) -> bool:
    """Whether the first bytes hold no control characters but those of text (UTF-16 with its mark counts as text)."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return len(head) >= 4 and not head.startswith(b"\xff\xfe\x00\x00")
    return len(head.translate(None, _CONTROLS)) == len(head) and not is_picture(head)
