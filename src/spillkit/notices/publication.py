"""What the company publishes for its portal: all that the portal knows, and no person in it.

In:    stories, letterheads, figures and their method, digests of texts, false messages seen; a digest for each code.
Out:   a folder: publication.json, codes.bin, look-up.key, questions.pub; read again with all checks.
Else:  pages are made of it by `spillkit_portal`; codes and their digests are `code`; sealing is `question`.

codes.bin holds records of 24 bytes, sorted: 16 bytes of the code's keyed digest, then what kind of notice it is, which fields it
names, of which legal entity, and whether it was taken back. No id, name or address is in it, and without look-up.key no code is
found from it. The key that makes codes is not there: a stolen portal can make none.

A publication is put in place whole: its files are written into a folder of their own, then the file `current` names it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import struct
from collections.abc import Iterable
from datetime import date, datetime
from enum import IntFlag, StrEnum
from itertools import pairwise
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from spillkit.errors import PublicationError
from spillkit.model import Field
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.story import Story
from spillkit.notices.told import Kind
from spillkit.notices.wording import LANGUAGES

DIGEST_BYTES = 16  # of the code's digest that are kept: two codes of 10 million share them with a chance of 1 in 10^24
KEY_BYTES = 32  # of each of the two
RECORD = struct.Struct(f"<{DIGEST_BYTES}sHBBBB2x")
KINDS = tuple(Kind)
_CURRENT = "current"
_JSON, _CODES, _KEY, _QUESTIONS = "publication.json", "codes.bin", "look-up.key", "questions.pub"
_MOST_JSON = 4 * 1024 * 1024
_NAME = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8}")
_KEPT = 2  # earlier publications


class Method(StrEnum):
    """How the people were counted."""

    ALL = "all"  # everything that was sent was searched
    PART = "part"  # a share of it, which is named
    LISTED = "list"  # the people on a list that was passed on


class Why(StrEnum):
    """Why a figure was published."""

    FIRST = "first"
    MORE = "more"  # more was searched, or more was found
    CORRECTED = "corrected"  # an earlier figure was wrong


class Way(StrEnum):
    """How a false message came."""

    MAIL = "mail"
    SMS = "sms"
    CALL = "call"
    LETTER = "letter"
    SITE = "site"


class Sign(StrEnum):
    """By what a false message is known."""

    PASSWORD = "password"  # noqa: S105 - it asks for one
    PAYMENT = "payment"
    LINK = "link"
    ATTACHMENT = "attachment"


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many people were known to be affected, as it was published on a day."""

    on: date
    confirmed: int
    upper: int | None  # at most; None: not bounded
    why: Why = Why.FIRST


class PublishedText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The digest of a text that was sent, before names, codes and times were put in."""

    kind: Kind
    language: str
    sha256: str  # hex


class Fake(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A false message in the company's name that somebody reported."""

    seen_on: date
    way: Way
    signs: tuple[Sign, ...] = ()


class Campaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One incident of which people were told."""

    story: Story
    fields: tuple[str, ...]  # labels of `model.Field` that were shown of anybody
    method: Method
    updated_at: datetime  # of this statement, UTC
    figures: tuple[Figure, ...]  # oldest first; the last is what the story says
    searched_percent: float | None = None  # with Method.PART: how much of what was sent was searched
    texts: tuple[PublishedText, ...] = ()


class Publication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that the portal may say."""

    campaigns: tuple[Campaign, ...]  # oldest first
    letterheads: tuple[Letterhead, ...]
    answer_hours: int = 24  # until a question is answered, at most
    fakes: tuple[Fake, ...] = ()
    languages: tuple[str, ...] = LANGUAGES  # in which pages are made; the first where a reader's is none of them
    codes_sha256: str = ""  # of codes.bin, hex


class Flag(IntFlag):
    """What else is known of a notice."""

    WITHDRAWN = 1  # it was taken back: a newer one replaces it
    SHARED = 2  # several people read the mailbox: it names no field
    WITHHELD = 4  # a law forbids to describe there what happened


class Coded(msgspec.Struct, frozen=True):
    """What the portal knows of one notice. Nobody can be told apart by it."""

    digest: bytes  # `code.digest_of`; its first 16 bytes are kept
    kind: Kind
    campaign: int  # place in Publication.campaigns
    entity: int  # place in Publication.letterheads
    fields: tuple[str, ...] = ()
    flags: Flag = Flag(0)


def field_bits(labels: Iterable[str]) -> int:
    """Return fields as one number: bit n is the field of code n."""
    bits = 0
    for label in labels:
        bits |= 1 << Field.of_label(label)
    return bits


class Opened(msgspec.Struct, frozen=True):
    """A publication as it was read, with every check passed."""

    publication: Publication
    codes: bytes
    look_up_key: bytes
    questions_to: X25519PublicKey

    def __repr__(self) -> str:
        return "Opened(…)"


def write_publication(
    folder: Path, publication: Publication, coded: Iterable[Coded], look_up_key: bytes, questions_to: X25519PublicKey
) -> str:
    """Put a publication in place, whole or not at all; return its name.

    Raises  PublicationError where it contradicts itself: nothing is published
    """
    return _put(folder, _opened(publication, coded, look_up_key, questions_to))


def renew_publication(
    folder: Path, publication: Publication, coded: Iterable[Coded], look_up_key: bytes, questions_to: X25519PublicKey
) -> tuple[str, bool]:
    """Put a publication in place unless the same is there; return the name of what is there, and whether it is new.

    Of the earlier ones the last two are kept, for a portal that is reading them.

    Raises  as `write_publication`
    """
    opened = _opened(publication, coded, look_up_key, questions_to)
    try:
        if read_publication(folder) == opened:
            return current(folder), False
    except PublicationError:
        pass  # There is none, or none that can be read: it is replaced.
    name = _put(folder, opened)
    others = [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.name != name]
    for old in sorted(others, key=lambda path: path.stat().st_mtime)[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return name, True


def _opened(
    publication: Publication, coded: Iterable[Coded], look_up_key: bytes, questions_to: X25519PublicKey
) -> Opened:
    _check(publication)
    if len(look_up_key) != KEY_BYTES:
        raise PublicationError("The key that looks codes up has another length. Derive it as `code_keys` does.")
    codes = b"".join(sorted(_record(one, publication) for one in coded))
    _check_unique(codes)
    digest = hashlib.sha256(codes).hexdigest()
    return Opened(msgspec.structs.replace(publication, codes_sha256=digest), codes, look_up_key, questions_to)


def _put(folder: Path, opened: Opened) -> str:
    text = msgspec.json.encode(opened.publication)
    name = f"{hashlib.sha256(text).hexdigest()[:16]}-{secrets.token_hex(4)}"
    own = folder / name
    try:
        own.mkdir(parents=True)
        for file, content in (
            (_JSON, msgspec.json.format(text)), (_CODES, opened.codes), (_KEY, opened.look_up_key),
            (_QUESTIONS, opened.questions_to.public_bytes_raw()),
        ):  # fmt: skip
            _write(own / file, content)
        _write(folder / f".{name}", name.encode())
        (folder / f".{name}").replace(folder / _CURRENT)
    except OSError as error:
        raise PublicationError(
            f"The publication cannot be written ({error.strerror}). Check the folder, its rights, and the room on the disk."
        ) from error
    return name


def current(folder: Path) -> str:
    """Return the name of the publication that is in place.

    Raises  PublicationError if there is none
    """
    try:
        name = (folder / _CURRENT).read_bytes()[:100].decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise PublicationError("Nothing is published in this folder. Publish first.") from error
    if not name or not name.replace("-", "").isalnum():
        raise PublicationError("The file “current” of the publication names no folder. Publish again.")
    return name


def read_earlier(folder: Path) -> Publication | None:
    """Read what was said so far, whatever became of the codes; None where nothing was.

    Raises  PublicationError if it cannot be read: figures that were published would be forgotten
    """
    if not (folder / _CURRENT).exists():
        return None
    try:
        publication = msgspec.json.decode(
            (folder / current(folder) / _JSON).read_bytes()[:_MOST_JSON], type=Publication
        )
        _check(publication)
    except (OSError, msgspec.ValidationError, msgspec.DecodeError, PublicationError) as error:
        raise PublicationError(
            "What is published there cannot be read, and figures that were published would be forgotten. "
            "Put it back from your backup, or publish into an empty folder."
        ) from error
    return publication


def read_publication(folder: Path) -> Opened:
    """Read the publication that is in place.

    Raises  PublicationError if a file is missing, altered or of another version
    """
    own = folder / current(folder)
    try:
        publication = msgspec.json.decode((own / _JSON).read_bytes()[:_MOST_JSON], type=Publication)
        codes = (own / _CODES).read_bytes()
        key, public = (own / _KEY).read_bytes(), (own / _QUESTIONS).read_bytes()
    except OSError as error:
        raise PublicationError("A file of the publication is missing or cannot be read. Publish again.") from error
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise PublicationError(
            "publication.json is not what this Spillkit reads. Publish again with this version."
        ) from error
    _check(publication)
    if len(codes) % RECORD.size or hashlib.sha256(codes).hexdigest() != publication.codes_sha256:
        raise PublicationError("codes.bin is not what was published. Publish again.")
    if len(key) != KEY_BYTES or len(public) != KEY_BYTES:
        raise PublicationError("A key of the publication has another length. Publish again.")
    return Opened(publication, codes, key, X25519PublicKey.from_public_bytes(public))


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _record(one: Coded, publication: Publication) -> bytes:
    if len(one.digest) < DIGEST_BYTES:
        raise PublicationError("A code’s digest is too short.")
    if not (0 <= one.campaign < len(publication.campaigns) and 0 <= one.entity < len(publication.letterheads)):
        raise PublicationError("A code belongs to a campaign or a legal entity that is not published.")
    bits = 0 if one.flags & Flag.SHARED else _bits(one.fields)
    return RECORD.pack(one.digest[:DIGEST_BYTES], bits, KINDS.index(one.kind), one.campaign, one.entity, int(one.flags))


def _bits(labels: Iterable[str]) -> int:
    try:
        return field_bits(labels)
    except ValueError as error:
        raise PublicationError("A code names a field that is none.") from error


def _check_unique(codes: bytes) -> None:
    digests = [codes[start : start + DIGEST_BYTES] for start in range(0, len(codes), RECORD.size)]
    if any(one == other for one, other in pairwise(digests)):
        raise PublicationError("Two notices have the same code. Nothing was published.")


def _check(publication: Publication) -> None:
    if not publication.campaigns or not publication.letterheads:
        raise PublicationError("A publication needs a campaign and a letterhead.")
    if max(len(publication.campaigns), len(publication.letterheads)) > 255:
        raise PublicationError("A publication holds at most 255 campaigns and 255 letterheads.")
    if not publication.languages or set(publication.languages) - set(LANGUAGES):
        raise PublicationError("A publication names no language, or one that there are no texts in.")
    if publication.answer_hours < 1:
        raise PublicationError("Say within how many hours questions are answered: one or more.")
    for number, campaign in enumerate(publication.campaigns, start=1):
        _check_campaign(number, campaign)


def _check_campaign(number: int, campaign: Campaign) -> None:
    _bits(campaign.fields)
    last = campaign.figures[-1] if campaign.figures else None
    if last is None or (last.confirmed, last.upper) != (
        campaign.story.people_confirmed,
        campaign.story.people_upper,
    ):
        raise PublicationError("Campaign {number}: the last figure is not the one of its story.", number=number)
    if [figure.on for figure in campaign.figures] != sorted(figure.on for figure in campaign.figures):
        raise PublicationError("Campaign {number}: its figures are not in the order of their days.", number=number)
    if (campaign.method is Method.PART) != (campaign.searched_percent is not None):
        raise PublicationError(
            "Campaign {number}: say which share was searched, where and only where it was a part.", number=number
        )
    if campaign.updated_at.tzinfo is None:
        raise PublicationError("Campaign {number}: its last update has no time zone. Write it in UTC.", number=number)
