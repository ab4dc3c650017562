"""Write the plan of a mailing as rows: one for each notice, before anything leaves.

In:    ids of notices, and under which label each one's domain is paced.
Out:   NoticeRow, ready; the mailing's count, which grows with them in the same transaction.
Else:  who is told is `spillkit.notices.plan`; taking rows in hand is `claims`.

Writing the same plan twice, or going on after a power cut, adds nothing twice: an id has one row. A row that a sent journal knows
already, because the database was restored from before the plan, joins the mailing in the state that the journal gives it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from django.db import connection, transaction
from django.db.models import F

from spillkit.errors import SendingError
from spillkit.notices.journal import is_word
from spillkit.notices.states import State
from spillkit_server.models import CaseRow, Mailing, NoticeRow

_AT_ONCE = 5_000
_MOST_NAME = 80
_MOST_ID = 64
_MOST_LABEL = 16


def open_mailing(name: str, now: datetime, case: CaseRow | None = None) -> Mailing:
    """Return the mailing of this name; made where there is none.

    Raises  SendingError if this cannot be a name
    """
    if not 0 < len(name) <= _MOST_NAME or not name.isprintable():
        raise SendingError(
            "The name of a mailing has 1 to {most} printable characters, and no personal data.", most=_MOST_NAME
        )
    mailing, _is_new = Mailing.objects.get_or_create(name=name, defaults={"case": case, "made_at": now})
    return mailing


def clear_plan(mailing: Mailing) -> int:
    """Take the rows of a mailing away, so that another plan takes its place; return how many those were.

    Only rows that no sender ever had in hand go. What a journal knows of stays, and joins the new plan.
    Raises   SendingError if this mailing is approved
    """
    with transaction.atomic():
        row = Mailing.objects.select_for_update().get(pk=mailing.pk)
        if row.approved_at is not None:
            raise SendingError(
                "This mailing is approved: it leaves as it was signed. A change of it is a correction, with a name of its own."
            )
        gone, _by_table = NoticeRow.objects.filter(mailing=row, state=State.READY, tries=0, journal="").delete()
        left = NoticeRow.objects.filter(mailing=row).count()
        Mailing.objects.filter(pk=row.pk).update(is_planned=False, digest="", planned=left)
    mailing.refresh_from_db()
    return int(gone)


def write_plan(mailing: Mailing, notices: Iterable[tuple[str, str]], now: datetime, digest: str = "") -> int:
    """Write the rows of a mailing.

    notices  id and domain label of each
    digest   of the plan: what two people sign
    Returns  how many the mailing holds now
    Raises   SendingError if one of them belongs to another mailing, is no id, or this mailing is approved and would grow
    """
    if mailing.is_planned and mailing.approved_at is not None:
        raise SendingError("This mailing is approved. More notices are a mailing of their own, approved by two people.")
    rest = iter(notices)
    row = 0
    while part := list(islice(rest, _AT_ONCE)):
        for notice, domain in part:
            row += 1
            if not is_word(notice) or len(notice) > _MOST_ID or len(domain) > _MOST_LABEL:
                raise SendingError(
                    "Row {row} of the plan has no id that a journal takes, or no domain label. Its part was not written.",
                    row=row,
                )
        _write(mailing, part, now)
    Mailing.objects.filter(pk=mailing.pk).update(is_planned=True, digest=digest)
    mailing.refresh_from_db()
    return int(mailing.planned)


def approve(mailing: Mailing, now: datetime) -> None:
    """Let a mailing leave. Two people decided that before: this only writes it down."""
    Mailing.objects.filter(pk=mailing.pk, is_planned=True, approved_at=None).update(approved_at=now, judged_from=now)
    mailing.refresh_from_db()


def _write(mailing: Mailing, part: list[tuple[str, str]], now: datetime) -> None:
    at = connection.ops.adapt_datetimefield_value(now)
    table = connection.ops.quote_name(NoticeRow._meta.db_table)
    statement = f"""
        INSERT INTO {table}
        (notice, mailing_id, domain, state, tries, journal, next_at, changed_at, answer, server_id, is_complained)
        VALUES (%s, %s, %s, '{State.READY.value}', 0, '', %s, %s, '', '', %s)
        ON CONFLICT (notice) DO UPDATE SET mailing_id = excluded.mailing_id, domain = excluded.domain
        WHERE {table}.mailing_id IS NULL
    """  # noqa: S608 - names of our own tables
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(statement, [(notice, mailing.pk, domain, at, at, False) for notice, domain in part])
        added = cursor.rowcount
        if added != len(part):
            ids = {notice for notice, _domain in part}
            rows = NoticeRow.objects.filter(notice__in=ids)
            if rows.exclude(mailing=mailing).exists():
                raise SendingError(
                    "A notice of this plan belongs to another mailing. Nothing of this part was written."
                )
        Mailing.objects.filter(pk=mailing.pk).update(planned=F("planned") + added)
