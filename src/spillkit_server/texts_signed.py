"""Keep who signed off the text of notices in a language, and tell which languages are signed as they are now.

In:    a language, the digest of its text, a native reader; who takes it back.
Out:   rows; an entry of the record for each; the languages that may be sent without a decision.
Else:  the texts are `spillkit.notices.texts`; deciding to send an unsigned one is two people's, in a case.

A signature is of one text: another word in it, and somebody has to read it again. A text that was signed in its own file, by name
and day, needs no signature here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from spillkit.case.roles import Role
from spillkit.errors import ChangedSince, NotAllowed, NotNow, NotTaken
from spillkit.notices.wording import LANGUAGES, catalogue, is_signed
from spillkit.notices.writing import text_digest
from spillkit.record import Entry, open_record
from spillkit.settings import open_workspace
from spillkit_server.models import TextSigning, User

_MOST_ID = 64


@dataclass(frozen=True, slots=True)
class Reading:
    """How a language stands."""

    language: str
    digest: str  # of its text now
    in_file: str  # who signed it in its own file, and when; "": nobody
    signings: tuple[TextSigning, ...]  # in the room, newest first; those of other texts and those taken back too

    @property
    def signed(self) -> TextSigning | None:
        """The signature by which it counts; None: there is none of this text."""
        return next((one for one in self.signings if one.taken_back_at is None and one.digest == self.digest), None)

    @property
    def is_signed(self) -> bool:
        return bool(self.in_file) or self.signed is not None


def readings() -> list[Reading]:
    """Return every language."""
    rows = list(TextSigning.objects.order_by("-at", "-pk"))
    return [_reading(language, rows) for language in LANGUAGES]


def reading(language: str) -> Reading | None:
    """Return one language; None if there is no text in it."""
    if language not in LANGUAGES:
        return None
    return _reading(language, list(TextSigning.objects.filter(language=language).order_by("-at", "-pk")))


def signed_digests() -> dict[str, str]:
    """Return the digest of the text that was signed in the room, by language: only where it is that of the text now."""
    return {one.language: one.digest for one in readings() if one.signed is not None}


def signed_tags() -> frozenset[str]:
    """Return the languages whose text, as it is now, a native reader signed in the room."""
    return frozenset(signed_digests())


def sign(language: str, digest: str, event: str, user: User, now: datetime) -> None:
    """Keep that a native reader read a text and agrees with it; the same form a second time changes nothing.

    Raises  NotTaken if there is no such language, ChangedSince if its text is another one by now, RecordError
    """
    found = reading(language)
    if found is None or not 0 < len(event) <= _MOST_ID:
        raise NotTaken("There is no text in this language.")
    if digest != found.digest:
        raise ChangedSince("The text was changed since you read it. Read it again.")
    if user.role == Role.AUDITOR:
        raise NotAllowed("An auditor reads, and signs nothing.")
    with transaction.atomic():
        row, is_new = TextSigning.objects.get_or_create(
            event=event, defaults={"language": language, "digest": digest, "user": user.opaque, "at": now}
        )
        if is_new:
            _record("text-signed", row, f"text-signed-{row.event}", user, now)


def take_back(row: int, user: User, now: datetime) -> str:
    """Take a signature back; return its language. Whoever signed may, and an officer.

    Raises  NotTaken if there is none, NotAllowed for anybody else, NotNow if it was taken back before, RecordError
    """
    with transaction.atomic():
        found = TextSigning.objects.select_for_update().filter(pk=row).first()
        if found is None:
            raise NotTaken("There is no such signature.")
        if user.opaque != found.user and user.role != Role.OFFICER:
            raise NotAllowed("Whoever signed a text takes it back, or the data protection officer.")
        if found.taken_back_at is not None:
            raise NotNow("This signature was taken back before.")
        found.taken_back_by, found.taken_back_at = user.opaque, now
        found.save(update_fields=["taken_back_by", "taken_back_at"])
        _record("text-signature-taken-back", found, f"text-taken-back-{found.event}", user, now)
        return str(found.language)


def _reading(language: str, rows: list[TextSigning]) -> Reading:
    head = catalogue(language).head
    return Reading(
        language=language,
        digest=text_digest(language),
        in_file=f"{head.read_by}, {head.read_on}" if is_signed(head) else "",
        signings=tuple(row for row in rows if row.language == language),
    )


def _record(kind: str, row: TextSigning, entry: str, user: User, now: datetime) -> None:
    facts = {"language": row.language, "text-sha256": row.digest}
    record = open_record(open_workspace(settings.ROOM.workspace))
    record.append([Entry(id=entry, at=now, kind=kind, actor=user.opaque, facts=facts)])
