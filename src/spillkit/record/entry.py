"""One entry of the record: an act, a decision, a look at somebody's data.

In:    values of the caller.
Out:   Entry, and its canonical bytes, which are the leaf of the log.
Else:  values about a person are sealed by `persons`; the log keeps entries.

The bytes are JSON in ASCII, keys sorted, no spaces: whoever writes them again gets the same bytes. No personal data may stand in
them, since nothing can be taken out of a log: ids are opaque, and what concerns a person is a commitment.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from spillkit.errors import EntryError, RecordError

MAX_LEAF_BYTES = 65_535  # C2SP tlog-tiles: two bytes tell the length of an entry
MAX_DEPTH = 20
_LABEL = re.compile(r"[!-~]{1,200}")  # printable ASCII, no space
_KIND = re.compile(r"[a-z][a-z0-9-]{0,49}")
_END = b',"v":1}'
_ROOM_FOR_NUMBER = 16  # digits, so that an entry which is taken still fits when it has its number
_MAIL = re.compile(r"[^\s@<>\"']@[^\s@<>\"']+\.[^\s@<>\"'.]{2}")
_NUMBERS = 2**53  # beyond it, readers in other languages lose digits
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False)


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="v", tag=1):
    """What happened, who did it, when. Frozen; the caller chooses `id`, and the same id never means two things."""

    id: str  # printable ASCII, unique in the record: repeating an append with it changes nothing
    at: datetime  # UTC and aware; what the clock said
    kind: str  # "decision", "looked-at", "report", …: small letters, digits and -
    actor: str  # opaque id of who did it; never a name or an address
    case: str = ""  # opaque id of the case; "" where it belongs to none
    facts: Mapping[str, object] = {}  # small, without personal data: text, numbers, true and false, lists, tables
    commitments: Mapping[str, str] = {}  # name of a value about a person to its commitment, see `persons`
    number: int = 0  # place in its case, from 1; given by the record, so that a missing entry shows


def leaf_of(entry: Entry) -> bytes:
    """Return the canonical bytes of an entry.

    Raises   EntryError if it holds what a log must not or cannot hold; the message names the part, never the value
    """
    for name in ("id", "actor", "case"):
        value = getattr(entry, name)
        if not (isinstance(value, str) and (_LABEL.fullmatch(value) or (name == "case" and not value))):
            raise EntryError(f"A record entry: its {name} must be 1 to 200 printable ASCII characters without spaces.")
        _refuse_mail(value, name)
    if not isinstance(entry.kind, str) or not _KIND.fullmatch(entry.kind):
        raise EntryError("A record entry: its kind must be small letters, digits and -, as in looked-at.")
    if not isinstance(entry.at, datetime) or entry.at.tzinfo is None or entry.at.utcoffset() is None:
        raise EntryError("A record entry: its time has no zone. Give it in UTC.")
    if type(entry.number) is not int or not 0 <= entry.number < _NUMBERS:
        raise EntryError("A record entry: its number is given by the record.")
    for name, commitment in entry.commitments.items():
        if not _LABEL.fullmatch(name) or not re.fullmatch(r"[0-9a-f]{64}", commitment):
            raise EntryError("A record entry: a commitment is 64 hex digits under a short name. Make it with seal().")
        _refuse_mail(name, "a commitment's name")
    parts: dict[str, object] = {
        "actor": entry.actor,
        "at": _time_text(entry.at),
        "case": entry.case,
        "commitments": dict(entry.commitments),
        "facts": _plain(entry.facts, "facts", 0),
        "id": entry.id,
        "kind": entry.kind,
        "number": entry.number,
        "v": 1,
    }
    leaf = _CANONICAL.encode(parts).encode("ascii")
    if len(leaf) > MAX_LEAF_BYTES - _ROOM_FOR_NUMBER:
        raise EntryError(
            f"A record entry of {len(leaf):,} bytes: at most {MAX_LEAF_BYTES - _ROOM_FOR_NUMBER:,} are taken. Keep the digest of "
            "what is large."
        )
    return leaf


def with_number(leaf: bytes, number: int) -> bytes:
    """Return the bytes of the same entry with another place in its case: keys are sorted, so that number and version end them.

    >>> with_number(b'{"id":"e-1","number":0,"v":1}', 12)
    b'{"id":"e-1","number":12,"v":1}'
    """
    return leaf[: leaf.rindex(b":", 0, -len(_END))] + b":%d%s" % (number, _END)


def read_leaf(leaf: bytes, index: int) -> Entry:
    """Return the entry in the bytes of a leaf; RecordError if they are not of an entry.

    index   its place in the log, for the message
    """
    try:
        entry = _DECODER.decode(leaf)
        if entry.at.tzinfo is None:
            raise ValueError("no zone")
        return entry
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise RecordError(
            f"Entry {index} of the record cannot be read. Was it written by a newer Spillkit?", "malformed"
        ) from error


def is_canonical(leaf: bytes) -> bool:
    """True if an entry that can be read is written as leaf_of writes."""
    return _CANONICAL.encode(json.loads(leaf)).encode("ascii") == leaf


_DECODER = msgspec.json.Decoder(Entry)


def _time_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def _plain(value: object, where: str, depth: int) -> object:
    """Return the value as plain JSON; EntryError for what JSON cannot say the same way everywhere, and for addresses."""
    if depth > MAX_DEPTH:
        raise EntryError(f"A record entry: {where} is nested more than {MAX_DEPTH} deep.")
    if isinstance(value, str):
        _refuse_text(value, where)
        return str(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and -_NUMBERS < value < _NUMBERS:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{place}]", depth + 1) for place, item in enumerate(value)]
    if isinstance(value, Mapping):
        plain = {}
        for name, item in value.items():
            if not isinstance(name, str):
                raise EntryError(f"A record entry: a name in {where} is not text.")
            _refuse_text(name, f"a name in {where}")
            plain[str(name)] = _plain(item, f"{where}.{_shown(name)}", depth + 1)
        return plain
    raise EntryError(f"A record entry: {where} is no text, number, list or table. Write it as text.")


def _shown(name: str) -> str:
    """A name fit for a message: what is no plain word is left out."""
    return name if _LABEL.fullmatch(name) and len(name) <= 50 else "…"


def _refuse_text(text: str, where: str) -> None:
    _refuse_mail(text, where)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise EntryError(
                f"A record entry: {where} holds half a character (a lone surrogate). Write it as text."
            ) from None


def _refuse_mail(text: str, where: str) -> None:
    if "@" in text and _MAIL.search(text):
        raise EntryError(
            f"A record entry: {where} holds what looks like an e-mail address. Nothing can be taken out of the record "
            "later: use an opaque id, or seal the value so that it can be erased."
        )
