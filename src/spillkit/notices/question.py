"""Seal what somebody asks of the portal, so that only the company's core can read it.

In:    an address as it was typed, the language of the page, the time; a public key.
Out:   records of one size, whatever was typed; the questions in them, for the holder of the private key.
Else:  who gets an answer, and when, is `asking`; where records are kept is the portal's spool.

The portal holds the public key alone: whoever takes the portal's machine over reads no question that was asked before. A record is
sealed by HPKE (RFC 9180, base mode: X25519, HKDF-SHA256, ChaCha20-Poly1305), as the library `cryptography` has it. An address of
320 bytes or less is padded to 320; of a longer one nothing is kept but that it was too long, in a record of the same size.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

ADDRESS_BYTES = (
    320  # RFC 3696, erratum 1690: 254 are enough for the wire; RFC 6531 addresses take more bytes than letters
)
_PLAIN = struct.Struct(f">BIH8s{ADDRESS_BYTES}s")  # version, minute since 1970, length, language, address
_VERSION = 1
_TOO_LONG = 0xFFFF
_INFO = b"spillkit portal: question 1"
_SEALED = 32 + _PLAIN.size + 16  # encapsulated key, text, tag
RECORD_BYTES = _SEALED


class Question(msgspec.Struct, frozen=True):
    """Somebody asked whether he was affected."""

    address: str  # as typed, not checked; "": it was too long
    language: str  # of the page
    asked_at: datetime  # UTC, to the minute

    def __repr__(self) -> str:
        return "Question(address not shown)"


def seal(address: str, language: str, asked_at: datetime, to: X25519PublicKey) -> bytes:
    """Return a question as a record of RECORD_BYTES."""
    typed = address.encode("utf-8", "replace")
    is_too_long = len(typed) > ADDRESS_BYTES
    kept, length = (b"", _TOO_LONG) if is_too_long else (typed, len(typed))
    minute = int(asked_at.timestamp()) // 60
    plain = _PLAIN.pack(_VERSION, minute, length, language.encode("ascii", "replace")[:8], kept)
    return _suite().encrypt(plain, to, info=_INFO)


def open_records(records: bytes, key: X25519PrivateKey) -> Iterator[Question | None]:
    """Yield the question of each record in turn; None for one that is damaged, or sealed to another key.

    A last record that is cut is yielded as None too: nothing is lost without being counted.
    """
    for start in range(0, len(records), RECORD_BYTES):
        yield _opened(records[start : start + RECORD_BYTES], key)


def _opened(record: bytes, key: X25519PrivateKey) -> Question | None:
    try:
        plain = _suite().decrypt(record, key, info=_INFO)
        version, minute, length, language, address = _PLAIN.unpack(plain)
        if version != _VERSION:
            return None
        typed = "" if length == _TOO_LONG else address[:length].decode()
        return Question(typed, language.rstrip(b"\0").decode("ascii"), datetime.fromtimestamp(minute * 60, UTC))
    except (InvalidTag, ValueError, struct.error):
        return None


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
