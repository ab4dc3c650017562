"""Keep the files of a case by their digest, and give them back as they were.

In:    the bytes and the name of a file; a digest.
Out:   the event and the bytes in one transaction; the bytes, if they are those that the case names.
Else:  taking a file from a form is `uploads`; the page is `screens.attachments`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import datetime

from django.db import transaction

from spillkit.case import Actor
from spillkit.case.commands import Attach
from spillkit.case.events import NAME_CHARACTERS
from spillkit.case.state import Attachment
from spillkit.errors import KeptDamaged, NotTaken
from spillkit.printed import printable
from spillkit_server.cases import ask
from spillkit_server.erased import check_not_erased
from spillkit_server.models import CaseRow, FileRow
from spillkit_server.uploads import MOST_BYTES

_FORBIDDEN = frozenset('/\\:*?"<>|\ufffd')  # in names of files, on one system or another
_LONGEST_NAME = 120  # characters of a name that is saved


def keep_file(number: int, name: str, body: bytes, event: str, actor: Actor, now: datetime) -> str:
    """Attach a file to a case; return its SHA-256, in hex.

    event   id of the event: a form sent twice attaches once
    Raises  NotTaken if there is nothing in it, or too much; CaseError if the case takes none
    """
    if not body:
        raise NotTaken("The file is empty. Choose another.")
    if len(body) > MOST_BYTES:
        raise NotTaken("The file is larger than 20 MiB. Keep it elsewhere, and note its SHA-256 here.")
    digest = hashlib.sha256(body).hexdigest()
    said = " ".join(name.split()) or "file"
    asked = Attach(id=event, name=said[-NAME_CHARACTERS:], digest=digest, size_bytes=len(body))
    with transaction.atomic():
        row = CaseRow.objects.select_for_update().get(number=number)
        FileRow.objects.get_or_create(case=row, digest=digest, defaults={"kept_at": now, "body": body})
        ask(number, [asked], actor, now)
    return digest


def read_file(number: int, attachment: Attachment) -> bytes:
    """Return the bytes of an attachment.

    Raises  KeptErased if they were erased on purpose; KeptDamaged if they are gone else, or are not those that were attached
    """
    row = FileRow.objects.filter(case__number=number, digest=attachment.digest).first()
    if row is None:
        check_not_erased(number, attachment.by.event, attachment.digest)
    body = bytes(row.body) if row is not None else b""
    if row is None or hashlib.sha256(body).hexdigest() != attachment.digest:
        raise KeptDamaged(
            f"The file with the SHA-256 {attachment.digest} is not what was attached. It is not given out. "
            "Bring the database back from a backup."
        )
    return body


def saved_name(name: str) -> str:
    """Return the name under which a browser may save a file: no path, nothing that turns, hides or drives.

    >>> saved_name("../../etc/passwd"), saved_name("bill\\u202efdp.exe"), saved_name("..")
    ('_.._etc_passwd', 'bill_fdp.exe', 'file')
    """
    plain = printable(unicodedata.normalize("NFC", name))
    plain = "".join("_" if character in _FORBIDDEN else character for character in plain).strip(". ")
    return plain[-_LONGEST_NAME:].lstrip(". ") or "file"
