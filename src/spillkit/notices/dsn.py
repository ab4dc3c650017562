"""Understand what comes back: bounces, complaints, holiday answers.

In:    one mail from the mailbox for bounces, as bytes; where our notices come from.
Out:   Report: which notice, what became of it, the server's code. Never an address, never a text.
Else:  what a report changes is `states`; reading the mailbox is the server's.

Three formats say it in fields: delivery reports (RFC 3464) with codes (RFC 3463), complaints (RFC 5965), receipts (RFC 8098).
Servers without them say it in words, which is tried last and only to tell the usual cases apart; a holiday answer, which may quote
anything, is told apart before that.

The notice is found by its id: in the address to which the report came, in the envelope's id, or in the Message-ID of the mail that
came back. Only the recipient and the servers on the way have seen an id, so whoever reports on a notice has seen its mail. That is
no proof: a report alone never sends anybody a second mail (`states`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from enum import StrEnum

from spillkit.notices.mail_parts import ATTACHED, parts_of

_MAX_BYTES = 256 * 1024  # of a report that are looked at
_MAX_PARTS = 50
_MAX_WORDS = 20_000  # characters of text in which words are looked for
_ID = r"([A-Za-z0-9]{16,40})"


class Came(StrEnum):
    """What came back."""

    HARD = "hard"  # nobody is at this address, or nobody will be
    SOFT = "soft"  # not now, or nobody could be reached in time; the address may be right
    BLOCKED = "blocked"  # the server refuses us or this mail, not the person
    FULL = "full"  # the mailbox is full
    COMPLAINT = "complaint"  # the reader called it unwanted
    AUTO_REPLY = "auto-reply"  # a holiday answer, a receipt, a request to prove that we are human
    DELIVERED = "delivered"  # a server says that it is in the mailbox
    UNKNOWN = "unknown"  # none of these that can be told; a person looks at it


@dataclass(frozen=True, slots=True)
class Report:
    """What one mail says about one notice."""

    notice_id: str | None  # None: it names none of ours
    came: Came
    code: str = ""  # "5.1.1", or "550" where the server gave no other
    is_final: bool = True  # False: the server still tries


@dataclass(frozen=True, slots=True)
class Origin:
    """Where our notices come from, as `message.Sending` says it."""

    bounces: str  # mail address for bounces, without an id
    domain: str  # of Message-ID

    def notice_in(self, text: str) -> str | None:
        """Return the first id of a notice in an address or a Message-ID of ours, in small letters."""
        local, _, host = self.bounces.rpartition("@")
        found = re.search(
            rf"(?i)(?:\b{re.escape(local)}[+=-]{_ID}@{re.escape(host)}|<{_ID}@{re.escape(self.domain)}>)", text
        )
        return (found[1] or found[2]).lower() if found else None


def read_report(raw: bytes, origin: Origin) -> Report:
    """Return what a mail says about a notice.

    raw  any bytes; what is past 256 kB is not looked at
    """
    try:
        return _read(message_from_bytes(raw[:_MAX_BYTES]), origin)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError):
        # Python's parser fails in many ways on mails made to break it. The mail is kept by the caller, and a person looks at it.
        return Report(None, Came.UNKNOWN)


def class_of(code: str, words: str = "") -> Came:
    """Return what a code of RFC 3463 means for us.

    code   "5.1.1"; "" where there is none
    words  what the server said with it: many give 5.0.0 or 5.7.1 for everything

    >>> class_of("5.2.2"), class_of("4.4.1"), class_of("5.7.1", "550 user unknown")
    (<Came.FULL: 'full'>, <Came.SOFT: 'soft'>, <Came.HARD: 'hard'>)
    """
    found = _CODE.fullmatch(code)
    if found is None:
        return _by_words(words)
    first, subject, detail = found[1], int(found[2]), int(found[3])
    if first == "2":
        return Came.DELIVERED
    if (subject, detail) in ((2, 2), (3, 1)):
        return Came.FULL
    if first == "4":
        return Came.SOFT
    said = _by_words(words)
    if subject in (0, 7) and said in (Came.HARD, Came.FULL):
        return said
    if subject == 0:
        return said if said is not Came.UNKNOWN else Came.HARD
    return _PERMANENT.get((subject, detail), _PERMANENT_BY_SUBJECT.get(subject, Came.UNKNOWN))


_CODE = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")
_CODE_IN_WORDS = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_REPLY_IN_WORDS = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -])")

# 5.x.y by RFC 3463 and the registry of IANA. Subjects: 1 address, 2 mailbox, 3 system, 4 network, 5 protocol, 6 content, 7 policy.
_PERMANENT_BY_SUBJECT = {
    1: Came.HARD,
    2: Came.HARD,
    3: Came.SOFT,
    4: Came.HARD,
    5: Came.BLOCKED,
    6: Came.BLOCKED,
    7: Came.BLOCKED,
}
_PERMANENT = {
    (1, 7): Came.BLOCKED,  # our own address is no address to them
    (1, 8): Came.BLOCKED,
    (2, 3): Came.BLOCKED,  # longer than they take
    (2, 4): Came.SOFT,  # a mailing list behind the address
    (3, 4): Came.BLOCKED,  # longer than they take
    (4, 6): Came.SOFT,  # a loop between their servers
    (4, 7): Came.SOFT,  # nobody could be reached in days
    (7, 13): Came.HARD,  # the account is closed (RFC 5248)
    (7, 17): Came.HARD,  # the mailbox has another owner now (RFC 7293)
}

_WORDS = (
    (Came.FULL, re.compile(
        r"(?i)quota|mailbox (?:is )?full|insufficient (?:system )?storage|out of (?:storage|space)"
    )),
    (Came.HARD, re.compile(
        r"(?i)(?:user|mailbox|recipient|address|account|inbox)[\w\s.'\"<>@-]{0,60}?(?:unknown|not (?:be )?found|not exist|no such|"
        r"disabled|inactive|invalid|unavailable|rejected: undeliverable)|(?:no such|unknown|invalid|inactive|non-?existent) "
        r"(?:user|mailbox|recipient|address|account|domain)|no mailbox here|does ?n[o']t (?:exist|have an? [\w.-]{1,40} account)|"
        r"wasn't found at|(?:domain|host|domain name) not found"
    )),
    (Came.BLOCKED, re.compile(
        r"(?i)spam|blocked|blacklist|block ?list|reputation|policy|refused to|denied|dmarc|\bspf\b|dkim|unsolicited|"
        r"content rejected|not accepted for|authenticat"
    )),
    (Came.SOFT, re.compile(
        r"(?i)temporar|try again|timed? ?out|deferred|greylist|delayed|still trying|too many|rate limit|retry|"
        r"connection (?:refused|reset|lost)|could not be delivered within"
    )),
)  # fmt: skip


def _by_words(words: str) -> Came:
    """Return what the usual servers mean by their words; UNKNOWN where no rule fits."""
    return next((came for came, pattern in _WORDS if pattern.search(words[:_MAX_WORDS])), Came.UNKNOWN)


def _read(message: Message, origin: Origin) -> Report:
    parts = _parts(message)
    kinds = {part.get_content_type() for part in parts}
    notice_id = _notice(message, parts, origin)
    if "message/feedback-report" in kinds:
        said = " ".join(
            _fields_of(part, "Feedback-Type") for part in parts if part.get_content_type() == "message/feedback-report"
        )
        return Report(notice_id, Came.UNKNOWN if "not-spam" in said.lower() else Came.COMPLAINT)
    reports = [
        part
        for part in parts
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status")
    ]
    if reports:
        return _delivery(notice_id, reports)
    if "message/disposition-notification" in kinds or _is_auto_reply(message):
        return Report(notice_id, Came.AUTO_REPLY)
    if _is_bounce(message):
        return _in_words(notice_id, parts)
    return Report(notice_id, Came.UNKNOWN)


def _parts(message: Message) -> list[Message]:
    """Return a mail's parts from the top, and of each mail in it only the head: what that holds is no report about us."""
    found: list[Message] = []
    for part in parts_of(message, _MAX_PARTS):
        found.append(part)
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_type() in ATTACHED:
            for mail in inner[:1]:
                head = Message()
                for name in ("Message-ID", "Return-Path"):
                    if isinstance(mail, Message) and mail[name] is not None:
                        head[name] = str(mail[name]).replace("\n", " ").replace("\r", " ")
                head.set_type("text/x-head")
                found.append(head)
    return found


_REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status"})  # RFC 3464, RFC 6533
_ENVELOPE_ID = re.compile(rf"(?<![A-Za-z0-9]){_ID}(?![A-Za-z0-9])")


def _notice(message: Message, parts: list[Message], origin: Origin) -> str | None:
    """Return the notice that a mail is about, looking first where nobody can have quoted another."""
    for text in _places(message, parts, origin):
        if (found := origin.notice_in(text)) is not None:
            return found
    return None


def _places(message: Message, parts: list[Message], origin: Origin) -> Iterator[str]:
    for name in ("Delivered-To", "X-Original-To", "Envelope-To", "To"):  # 1. The address to which it came.
        yield from map(str, message.get_all(name, ()))
    for part in parts:  # 2. What a report says in fields, and the head of the mail that came back.
        if part.get_content_type() in _REPORTS or part.get_content_type() == "message/feedback-report":
            yield _fields_of(part, "Original-Mail-From")
            envelope_id = _ENVELOPE_ID.search(_fields_of(part, "Original-Envelope-Id"))
            yield f"<{envelope_id[0]}@{origin.domain}>" if envelope_id else ""
        if part is not message:
            yield f"{part['Message-ID'] or ''} {part['Return-Path'] or ''}"
    for part in parts:  # 3. Heads that came back as text.
        if part.get_content_maintype() in ("text", "message") or part.get_content_type() == "application/octet-stream":
            yield _text(part)
    for name in ("In-Reply-To", "References", "X-Failed-Recipients"):  # 4. What a mail program remembers.
        yield from map(str, message.get_all(name, ()))


def _fields_of(part: Message, name: str) -> str:
    """Return the values of a field in the blocks of a report, however the parser took them."""
    blocks = part.get_payload()
    if isinstance(blocks, list):
        return "\n".join(str(block[name]) for block in blocks if isinstance(block, Message) and block[name] is not None)
    return "\n".join(re.findall(rf"(?im)^{re.escape(name)}:[ \t]*(.*)$", _text(part)))


def _delivery(notice_id: str | None, reports: list[Message]) -> Report:
    """Return what a delivery report says; the gravest where it speaks of several recipients (RFC 3464, section 2.3)."""
    actions = [word.strip().lower() for part in reports for word in _fields_of(part, "Action").splitlines()]
    codes = [found[0] for part in reports if (found := _CODE.search(_fields_of(part, "Status")))]
    words = " ".join(_fields_of(part, "Diagnostic-Code") for part in reports)
    code = next((one for one in codes if one.startswith("5")), codes[0] if codes else "")
    inner = _CODE_IN_WORDS.search(words)
    if inner is not None and code[2:] in ("", "0.0"):  # The reporting server knew less than the one that refused.
        code = inner[0]
    if "failed" in actions:
        came = class_of(code, words)
        return Report(notice_id, came if came is not Came.DELIVERED else Came.UNKNOWN, code)
    if "delayed" in actions:
        return Report(notice_id, Came.SOFT, code, is_final=False)
    if "delivered" in actions:
        return Report(notice_id, Came.DELIVERED, code)
    return Report(notice_id, Came.UNKNOWN, code)


def _is_auto_reply(message: Message) -> bool:
    """True for what a mailbox answers by itself (RFC 3834, section 5, and what was usual before it)."""
    submitted = str(message["Auto-Submitted"] or "").lower()
    from_daemon = _is_from_daemon(message)
    if any(message[name] is not None for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Vacation")):
        return True
    if str(message["Precedence"] or "").strip().lower() == "auto_reply":
        return True
    return submitted.startswith("auto-replied") and not from_daemon


def _is_from_daemon(message: Message) -> bool:
    sender = str(message["From"] or "").lower()
    return re.search(r"mailer-daemon|postmaster|mail delivery|maildelivery|mdaemon", sender) is not None


def _is_bounce(message: Message) -> bool:
    """True for a report without fields: from the empty sender or a daemon, or naming who was not reached."""
    return (
        message["X-Failed-Recipients"] is not None
        or str(message["Return-Path"] or "").strip() == "<>"
        or _is_from_daemon(message)
    )


def _in_words(notice_id: str | None, parts: list[Message]) -> Report:
    words = next((text for part in parts if part.get_content_maintype() == "text" and (text := _text(part))), "")
    words = re.split(r"(?im)^(?:-{2,}.*(?:copy|original|below).*|received: |return-path: )", words)[0]
    found, reply = _CODE_IN_WORDS.search(words), _REPLY_IN_WORDS.search(words)
    code = found[0] if found else ""
    came = class_of(code, words)
    if not code and reply is not None:
        code = reply[1]
        came = Came.FULL if code in ("452", "552") else Came.SOFT if code[0] == "4" and came is Came.UNKNOWN else came
    is_final = not (
        came is Came.SOFT and re.search(r"(?i)still trying|will (?:keep|continue|be retried)|delayed|warning", words)
    )
    return Report(notice_id, came, code, is_final)


def _text(part: Message) -> str:
    """Return the text of a part, decoded with patience and cut."""
    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        return payload[:_MAX_WORDS].decode("utf-8", "replace")
    inner = part.get_payload()
    if isinstance(inner, list):
        return ""
    return str(inner)[:_MAX_WORDS]
