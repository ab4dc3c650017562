"""Sort what arrives: a report about a notice, an automatic answer, or a letter from somebody.

In:    one mail, as bytes; where our notices come from.
Out:   Sorted: what it is, the report in it; for a letter, where an answer may go.
Else:  reports are `dsn`; whether a letter holds a notice of ours is `ours`; reading a mailbox is `mailbox`.

An automatic answer to an automatic mail answers itself for ever, and one to a forged sender reaches somebody who asked nothing. So
a letter is answered only where nothing says that a program wrote it, and at the address to which its own server would return it;
that each address gets one answer a day at most is for who answers.

Source: RFC 3834 (automatic answers), sections 2 and 4; RFC 5321, section 6.1 (the empty return path); RFC 2919 (List-Id).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.utils import getaddresses, parseaddr
from enum import StrEnum

from spillkit.errors import AddressError
from spillkit.notices.dsn import Came, Origin, Report, read_report
from spillkit.notices.message import address_of

_MOST_BYTES = 256 * 1024  # of a mail in which its head is looked for
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError, MessageError)


class What(StrEnum):
    """What arrived."""

    REPORT = "report"  # a bounce, a complaint, a confirmation of delivery
    AUTOMATIC = "automatic"  # a holiday answer, a list, a program: nobody waits for an answer
    LETTER = "letter"  # somebody wrote it: perhaps he asks whether a notice is genuine


@dataclass(frozen=True, slots=True)
class Sorted:
    """One mail, sorted."""

    what: What
    report: Report
    answer_to: str | None = field(default=None, repr=False)  # of a letter; None: no answer may go anywhere


def sort_mail(raw: bytes, origins: Sequence[Origin]) -> Sorted:
    """Return what a mail is. Any bytes are sorted.

    origins  of all senders; a report is about the first whose notice it names
    """
    reports = [read_report(raw, origin) for origin in origins]
    named = (one for one in reports if one.notice_id is not None and one.came is not Came.UNKNOWN)
    report = next(named, reports[0] if reports else Report(None, Came.UNKNOWN))
    if report.came is Came.AUTO_REPLY:
        return Sorted(What.AUTOMATIC, report)
    if report.came is not Came.UNKNOWN:
        return Sorted(What.REPORT, report)
    try:
        message = message_from_bytes(raw[:_MOST_BYTES])
        if message.get_content_type() == "multipart/report" or _is_from_nobody(message):
            return Sorted(What.REPORT, report)  # One that nobody understands: a person looks at it.
        if _is_automatic(message):
            return Sorted(What.AUTOMATIC, report)
        return Sorted(What.LETTER, report, _answer_to(message))
    except _UNREADABLE:
        return Sorted(What.LETTER, report)


_AUTOMATIC = ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "Feedback-ID")
_PROGRAMS = re.compile(
    r"(?i)^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|owner-.*|.*-request)(?:[+=-].*)?@"
)


def _is_from_nobody(message: Message) -> bool:
    return str(message["Return-Path"] or "").strip() == "<>"


def _is_automatic(message: Message) -> bool:
    """True where something says that a program wrote a mail (RFC 3834, section 2)."""
    submitted = str(message["Auto-Submitted"] or "no").partition(";")[0].strip().lower()
    if submitted != "no" or any(message[name] is not None for name in _AUTOMATIC):
        return True
    if str(message["Precedence"] or "").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    return _PROGRAMS.match(parseaddr(str(message["From"] or ""))[1]) is not None


def _answer_to(message: Message) -> str | None:
    """Return where an answer may go: the return path, if the one sender has the same domain (RFC 3834, section 4)."""
    senders = getaddresses([str(value) for value in message.get_all("From", ())])
    if len(senders) != 1 or len(message.get_all("Return-Path", ())) > 1:
        return None
    sender = senders[0][1]
    returned = parseaddr(str(message["Return-Path"]))[1] if message["Return-Path"] is not None else sender
    try:
        address, other = address_of(returned), address_of(sender)
    except AddressError:
        return None
    same = address.domain == other.domain or address.domain.endswith(f".{other.domain}")
    return str(address) if same and _PROGRAMS.match(str(address)) is None else None
