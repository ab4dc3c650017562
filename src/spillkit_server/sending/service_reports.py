"""Take what an e-mail service reports of notices: came back, arrived, called spam.

In:    a request of the service, at the address that holds the secret part; later the open journal of a sender.
Out:   a line for each report in `service-reports` of the room's folder; then steps of notices.
Else:  the address is `screens.service_reports`; reading a service's format is django-anymail's; bounces by mail are `finding_out`.

A report names its notice by the id that was handed over with it; the receiver's address, which stands in it too, is read and
dropped. It is on the disk before the service is answered, since it reports once. A sender acts on what waits, and again on what
another was killed over: acting twice changes nothing. Complaints count at once, so that too many stop the mailing.

A report is believed no further than it can harm: it shows that a notice came back or arrived, and never sends anybody a second
mail. One about a notice that is still in a sender's hand waits until that has its answer.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from anymail.exceptions import AnymailError
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.utils.module_loading import import_string

from spillkit.errors import NoticesError
from spillkit.notices.journal import is_word
from spillkit.notices.states import Event, Evidence, Settlement, State
from spillkit_server.mail_service import MailService
from spillkit_server.models import NoticeRow
from spillkit_server.sending.marks import Marked
from spillkit_server.sending.services import NOTICE
from spillkit_server.sending.settling import came_back, complained, settle

_FILE, _TAKEN = "service-reports", "service-reports.taken"
_AT_ONCE = 500
_VIEWS = {"brevo": "Brevo", "mailgun": "Mailgun", "mailjet": "Mailjet", "postmark": "Postmark", "resend": "Resend",
          "sendgrid": "SendGrid", "sparkpost": "SparkPost"}  # fmt: skip


class What(StrEnum):
    """What a report says of a notice."""

    CAME_BACK = "came-back"
    ARRIVED = "arrived"
    COMPLAINED = "complained"


class Report(msgspec.Struct, frozen=True):
    """One report."""

    notice: str
    what: What


_MEANS = {
    "bounced": What.CAME_BACK,
    "rejected": What.CAME_BACK,
    "failed": What.CAME_BACK,
    "delivered": What.ARRIVED,
    "complained": What.COMPLAINED,
}


def reports_in(service: MailService, request: HttpRequest) -> list[Report]:
    """Return the reports of a request; those of other mails, and of opening and clicking, are left out.

    Raises  NoticesError if it is none of this service, or its signature is wrong
    """
    kind = import_string(f"anymail.webhooks.{service.name}.{_VIEWS[service.name]}TrackingWebhookView")
    options = {"webhook_signing_key": service.signing} if service.name == "mailgun" else {}
    try:
        view = type("Reports", (kind,), {"warn_if_no_basic_auth": False})(**options)
        view.run_validators(request)
        events: list[Any] = view.parse_events(request)
    except (AnymailError, SuspiciousOperation, ValueError, LookupError, TypeError, AttributeError) as error:
        raise NoticesError("This is no report of the e-mail service. Nothing was changed.") from error
    found = []
    for event in events:
        notice, what = _notice_of(event), _MEANS.get(event.event_type)
        if notice and what is not None:
            found.append(Report(notice, what))
    return found


def keep_reports(folder: Path, reports: Iterable[Report]) -> None:
    """Keep reports until a sender acts on them; count complaints at once. Once this returns they are on the disk."""
    waiting = []
    for one in reports:
        if one.what is What.COMPLAINED:
            complained(one.notice)
        else:
            waiting.append(one)
    if waiting:
        with _locked(folder):
            _write(folder, waiting)


def act_on_reports(folder: Path, marked: Marked, now: datetime) -> int:
    """Take the steps that follow from the reports that wait; return how many notices changed.

    Raises  NotReconciled if the database was changed for another one
    """
    if not (folder / _FILE).exists() and not (folder / _TAKEN).exists():
        return 0
    with _locked(folder):
        taken = folder / _TAKEN
        if not taken.exists() and (folder / _FILE).exists():
            (folder / _FILE).replace(taken)
        if not taken.exists():
            return 0
        reports = list(_read(taken))
        changed = 0
        early: list[Report] = []
        for first in range(0, len(reports), _AT_ONCE):
            part = reports[first : first + _AT_ONCE]
            changed += _act(part, marked, now)
            rows = NoticeRow.objects.filter(notice__in={one.notice for one in part}, state=State.SENDING)
            in_hand = set(rows.values_list("notice", flat=True))
            early += [one for one in part if one.notice in in_hand]
        if early:
            _write(folder, early)
        taken.unlink()
    return changed


def _act(reports: list[Report], marked: Marked, now: datetime) -> int:
    arrived = {one.notice for one in reports if one.what is What.ARRIVED}
    back = dict.fromkeys(one.notice for one in reports if one.what is What.CAME_BACK)
    held = NoticeRow.objects.filter(notice__in=arrived, state__in=(State.HELD, State.LEFT))
    shown = Settlement(Evidence.DELIVERY_STATUS, Event.FOUND_TAKEN)
    changed = settle(marked, [(notice, shown) for notice in held.values_list("notice", flat=True)], now)
    return changed + came_back(marked, back, now)


def _write(folder: Path, reports: Sequence[Report]) -> None:
    """Add lines, and wait for the disk; behind a line that a power cut left without its end, on a line of their own."""
    with (folder / _FILE).open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read() != b"\n":
                file.write(b"\n")
        file.write(b"".join(f"{one.notice} {one.what.value}\n".encode() for one in reports))
        file.flush()
        os.fdatasync(file.fileno())


def _read(path: Path) -> Iterator[Report]:
    """Yield what waits. A last line without its end was being written when the power failed: the service was not answered."""
    for line in path.read_text(encoding="ascii", errors="replace").splitlines(keepends=True):
        notice, _space, what = line.removesuffix("\n").partition(" ")
        if line.endswith("\n") and is_word(notice) and what in set(What):
            yield Report(notice, What(what))


def _notice_of(event: Any) -> str:
    """Return which notice an event is about; "" where it says none."""
    metadata = event.metadata
    notice = metadata.get(NOTICE) if isinstance(metadata, dict) or hasattr(metadata, "get") else None
    return notice if isinstance(notice, str) and is_word(notice) else ""


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder / f"{_FILE}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
