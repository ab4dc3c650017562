"""Answer whether a mail that somebody sends on is a notice of ours, and unchanged.

In:    the mail that was sent on, as bytes; our public keys, old ones too; what is known of the notices that were sent.
Out:   Answer: ours, changed (and where), not ours, or cannot tell. Never a name, an address or a word of the mail.
Else:  answering the person, at most once a day to an address, is the server's.

A mail that comes as an attachment, or is redirected as it is, keeps its signature, and that decides. One whose signature was lost
on the way, and one that a mail program quoted, is compared word by word with what was sent. For that nothing of a notice needs to
be kept: what was sent is written again from the case, or kept as keyed digests of its paragraphs (`sent_of`).

Mail programs quote in many ways. So line ends, spaces, quote marks, stars for bold letters, dashes, kinds of quotation marks and
invisible signs do not count; every other sign does. Of a mail with HTML only the HTML is looked at: that is what the reader saw. A
link whose target is not what it shows, a picture, a form and hidden text count as words that were added. What the sender wrote
above and below is not judged, but where it is long or holds one of these, the answer is "cannot tell": it may be part of what he
asks about. A verdict by text is weaker than one by signature: it says that these words were sent, not that no others were shown.

Source: RFC 6376 (DKIM), RFC 8463 (Ed25519), RFC 3676 section 4.5 (quoting), Unicode Standard Annex 15 (NFKC).
"""

from __future__ import annotations

import binascii
import hmac
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr
from enum import StrEnum

import dkim
import msgspec
from nacl.exceptions import CryptoError

from spillkit.errors import CodeError
from spillkit.notices.code import Code, read_code
from spillkit.notices.mail_parts import ATTACHED, parts_of, text_of
from spillkit.notices.seen import seen_in

_MAX_BYTES = 2 * 1024 * 1024
_MAX_SIGNS = 60_000  # of canonical text
_MAX_MAILS, _MAX_SIGNATURES, _MAX_PARTS, _MAX_CODES, _MAX_TRIES = 5, 6, 60, 20, 50
_MAX_AROUND = 3_000  # signs above and below
_HEAD_SIGNS = 12  # of a paragraph, by which it is found


class Verdict(StrEnum):
    """What is said to the person who asks."""

    OURS = "ours"
    CHANGED = "changed"  # a notice of ours from which something was taken, or to which something was added
    NOT_OURS = "not-ours"
    CANNOT_TELL = "cannot-tell"  # too little is left: ask for the mail as an attachment


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known about one mail."""

    verdict: Verdict
    by: str = ""  # "signature" or "text": what the verdict rests on
    changed: tuple[str, ...] = ()  # "subject", "sender", "paragraph 3", "added", "around"; never words
    notice_id: str | None = None


class Piece(msgspec.Struct, frozen=True):
    """One paragraph, as keyed digests."""

    signs: int  # of canonical text
    head: bytes  # of its first signs
    whole: bytes


class Sent(msgspec.Struct, frozen=True):
    """What was sent to one person, as keyed digests."""

    notice_id: str
    subject: bytes
    text: tuple[Piece, ...]
    html: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of our notices."""

    public_keys: Mapping[str, str]  # by name in the DNS, "a-rsa._domainkey.example.org": the record, of old keys too
    domains: tuple[str, ...]  # from which notices come
    by_notice: Callable[[str], Sent | None]
    by_code: Callable[[Code], Sent | None]
    key: bytes = field(repr=False)  # of the digests in Sent


def sent_of(notice_id: str, subject: str, text: str, html: str, key: bytes) -> Sent:
    """Return what was sent as digests, from which nobody reads it without the key."""
    own = _own_key(notice_id, key)
    plain, seen = _pieces(text, own), _pieces(seen_in(html), own)
    return Sent(notice_id, _digest(own, canonical(subject)), plain, seen)


def judge(raw: bytes, known: Known) -> Answer:
    """Return whether a mail that was sent on is, or holds, a notice of ours.

    raw  any bytes; more than 2 MB are "cannot tell"
    """
    if len(raw) > _MAX_BYTES:
        return Answer(Verdict.CANNOT_TELL)
    try:
        mails = list(_mails(raw))
        for mail in mails:
            if (signed := _by_signature(mail, known)) is not None:
                return signed
        answers = [
            _by_text(mail, known, is_original=number > 0 or _notice_id(mail, known) is not None)
            for number, mail in enumerate(mails)
        ]
    except _UNREADABLE:
        return Answer(Verdict.CANNOT_TELL)
    # An attached mail is what is asked about; the mail around it only where it says more.
    return min(answers[1:] or answers, key=lambda answer: _ORDER.index(answer.verdict))


def canonical(text: str) -> str:
    """Return the signs of a text that count: without spaces, quote marks at the start of lines, stars and invisible signs.

    >>> canonical("> We showed *your*\\n> e–mail  address.")
    'Weshowedyoure-mailaddress.'
    """
    lines = (_QUOTE_MARKS.sub("", line) for line in text[: 4 * _MAX_SIGNS].splitlines())
    joined = unicodedata.normalize("NFKC", "\n".join(lines)).translate(_SAME)
    if joined.isascii():
        joined = "".join(joined.split())
    else:
        joined = "".join(sign for sign in joined if not sign.isspace() and unicodedata.category(sign) not in _UNSEEN)
    return joined[:_MAX_SIGNS]


_ORDER = (Verdict.OURS, Verdict.CHANGED, Verdict.CANNOT_TELL, Verdict.NOT_OURS)
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError, MessageError)
_UNVERIFIABLE = (*_UNREADABLE, dkim.DKIMException, CryptoError, binascii.Error, ArithmeticError)
_QUOTE_MARKS = re.compile(r"^[\s>|]+")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn"})
_SAME = {
    **dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-"),
    **dict.fromkeys(map(ord, "‘’‚‛′ʼ`´"), "'"),
    **dict.fromkeys(map(ord, "“”„‟″«»"), '"'),
    **dict.fromkeys(map(ord, "*•·◦▪●○■"), None),
}


def _own_key(notice_id: str, key: bytes) -> bytes:
    """Return a key of one notice, so that equal paragraphs of two people have unlike digests."""
    return hmac.digest(key, b"genuine\0" + notice_id.encode(), "sha256")


def _digest(own: bytes, signs: str, size: int = 16) -> bytes:
    return hmac.digest(own, signs.encode("utf-8", "replace"), "sha256")[:size]


def _pieces(text: str, own: bytes) -> tuple[Piece, ...]:
    """Return the paragraphs of a text; one too short to be found goes with the one behind it."""
    pieces, waiting = [], ""
    for paragraph in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        waiting += canonical(paragraph)
        if len(waiting) >= _HEAD_SIGNS:
            pieces.append(waiting)
            waiting = ""
    if waiting and pieces:
        pieces[-1] += waiting
    return tuple(Piece(len(one), _digest(own, one[:_HEAD_SIGNS], 8), _digest(own, one)) for one in pieces)


# ── Mails in the mail ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _mails(raw: bytes) -> Iterator[bytes]:
    """Return the mail itself, then those attached to it, as they were attached: lines with CRLF."""
    yield _with_crlf(raw)
    found = 1
    for part in parts_of(message_from_bytes(raw), _MAX_PARTS):
        if found == _MAX_MAILS:
            return
        inner = part.get_payload()
        if part.get_content_type() in ATTACHED and isinstance(inner, list):
            for mail in inner[:1]:
                attached = mail.as_bytes(policy=_AS_IT_WAS) if isinstance(mail, Message) else b""
                # No mail may be attached in base64 (RFC 2046, section 5.2.1), but some are.
                is_base64 = str(part["Content-Transfer-Encoding"] or "").strip().lower() == "base64"
                yield _with_crlf(binascii.a2b_base64(attached) if is_base64 else attached)
                found += 1
        elif (part.get_filename() or "").lower().endswith(".eml") or part.get_content_type() in ATTACHED:
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content:
                yield _with_crlf(content)
                found += 1


_AS_IT_WAS = compat32.clone(max_line_length=0)


def _with_crlf(raw: bytes) -> bytes:
    return re.sub(rb"\r?\n", b"\r\n", raw)


# ── By signature ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _by_signature(mail: bytes, known: Known) -> Answer | None:
    """Return OURS if one of our keys signed the mail as it is; None says nothing."""
    try:
        message = dkim.DKIM(mail, minkey=1024)
        count = sum(name.lower() == b"dkim-signature" for name, _ in message.headers)
    except _UNVERIFIABLE:
        return None
    for index in range(min(count, _MAX_SIGNATURES)):
        if _is_signed(message, index, known):
            senders = [value for name, value in message.headers if name.lower() == b"from"]
            notice_id = _notice_id(mail, known)
            if len(senders) == 1 and _domain_in(senders[0].decode("utf-8", "replace")) in known.domains:
                return Answer(Verdict.OURS, "signature", notice_id=notice_id)
    return None


def _is_signed(message: dkim.DKIM, index: int, known: Known) -> bool:
    """True if our key signed the whole mail, its sender and its subject."""

    def record(name: bytes, timeout: int = 5) -> bytes | None:
        text = known.public_keys.get(name.decode("ascii", "replace").rstrip(".").lower())
        return text.encode() if text is not None else None

    try:
        if not message.verify(idx=index, dnsfunc=record):
            return False
        fields = {name.lower() for name in message.signature_fields[b"h"].replace(b" ", b"").split(b":")}
        fields = {re.sub(rb"\s", b"", name) for name in fields}
        return b"l" not in message.signature_fields and {b"from", b"subject", b"to", b"content-type"} <= fields
    except _UNVERIFIABLE:
        return False


def _notice_id(mail: bytes, known: Known) -> str | None:
    """Return the id in the Message-ID of a mail, if it is one of ours."""
    found = re.search(r"<([A-Za-z0-9]{16,40})@([A-Za-z0-9.-]+)>", str(message_from_bytes(mail)["Message-ID"] or ""))
    if found is None or found[2].lower() not in known.domains:
        return None
    sent = known.by_notice(found[1].lower())
    return sent.notice_id if sent is not None else None


def _domain_in(sender: str) -> str:
    return parseaddr(sender.replace("\r\n", "").strip())[1].rpartition("@")[2].lower()


# ── By text ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _by_text(mail: bytes, known: Known, *, is_original: bool) -> Answer:
    """Compare what a reader sees of a mail with what was sent under its code or Message-ID.

    is_original  the mail was attached, or has our Message-ID: its own head is the one that is asked about
    """
    message = message_from_bytes(mail)
    texts = {
        kind: [text_of(part) for part in parts_of(message, _MAX_PARTS) if part.get_content_type() == kind]
        for kind in ("text/html", "text/plain")
    }
    is_html = any(texts["text/html"])
    seen = "\n\n".join(seen_in(text) for text in texts["text/html"]) if is_html else "\n\n".join(texts["text/plain"])
    if not canonical(seen):
        return Answer(Verdict.CANNOT_TELL)
    sent = _sent_under(seen, known)
    notice_id = _notice_id(mail, known) if sent is None and is_original else None
    sent = known.by_notice(notice_id) if notice_id is not None else sent
    if sent is None:
        return Answer(Verdict.NOT_OURS)
    own = _own_key(sent.notice_id, known.key)
    # A text may have been quoted from either part.
    found = max(
        (_compare(canonical(seen), pieces, own) for pieces in (sent.html, sent.text)), key=lambda one: one.share
    )
    if not found.share:
        return Answer(Verdict.CANNOT_TELL, "text", notice_id=sent.notice_id)
    changed = list(found.changed)
    if is_original:
        senders, subjects = (len(message.get_all(name, ())) for name in ("From", "Subject"))
        if senders != 1 or _domain_in(str(message["From"] or "")) not in known.domains:
            changed.insert(0, "sender")
        if subjects != 1 or not hmac.compare_digest(_digest(own, canonical(_subject(message))), sent.subject):
            changed.insert(0, "subject")
    if changed:
        return Answer(Verdict.CHANGED, "text", tuple(changed), sent.notice_id)
    if len(found.around) > _MAX_AROUND or _LEADS_AWAY.search(found.around):
        return Answer(Verdict.CANNOT_TELL, "text", ("around",), sent.notice_id)
    return Answer(Verdict.OURS, "text", notice_id=sent.notice_id)


@dataclass(frozen=True, slots=True)
class _Found:
    """How much of what was sent is in a text."""

    share: float  # of the signs
    changed: tuple[str, ...]
    around: str  # what stands before and behind


_NUMBERING = re.compile(r"\d{0,2}[.)]?-?")
_LEADS_AWAY = re.compile(
    r"(?i)https?:|www\.|\[(?:picture|form|hidden)\]|[a-z0-9-]\.(?:com|net|org|info|io|link|ly|me|app|xyz|top|site)\b(?!>)/"
)


def _compare(signs: str, pieces: tuple[Piece, ...], own: bytes) -> _Found:
    """Find each paragraph in a text, in their order."""
    places: dict[bytes, list[int]] = {}
    wanted = {piece.head for piece in pieces}
    for start in range(len(signs) - _HEAD_SIGNS + 1):
        head = _digest(own, signs[start : start + _HEAD_SIGNS], 8)
        if head in wanted:
            places.setdefault(head, []).append(start)
    changed: list[str] = []
    cursor, found_signs, is_gap = 0, 0, False
    first: int | None = None
    for number, piece in enumerate(pieces, 1):
        tries = [start for start in places.get(piece.head, ()) if start >= cursor][:_MAX_TRIES]
        found = next((one for one in tries if _digest(own, signs[one : one + piece.signs]) == piece.whole), None)
        if found is None:
            changed.append(f"paragraph {number}")
            is_gap = True
            continue
        if first is not None and not is_gap and _NUMBERING.fullmatch(signs[cursor:found]) is None:
            changed.append("added")
        first = found if first is None else first
        cursor, found_signs, is_gap = found + piece.signs, found_signs + piece.signs, False
    total = sum(piece.signs for piece in pieces)
    around = signs[: first or 0] + " " + signs[cursor:] if first is not None else ""
    return _Found(found_signs / total if total else 0.0, tuple(dict.fromkeys(changed)), around)


def _sent_under(seen: str, known: Known) -> Sent | None:
    """Return what was sent under the first code of ours in a text."""
    visible = "".join(
        sign for sign in unicodedata.normalize("NFKC", seen[:_MAX_SIGNS]) if unicodedata.category(sign) != "Cf"
    )
    tries = 0
    for found in _CODE_IN_TEXT.finditer(visible):
        try:
            code = read_code(found[1])
        except CodeError:
            continue  # Three words of five letters.
        if (sent := known.by_code(code)) is not None:
            return sent
        tries += 1
        if tries == _MAX_CODES:
            break
    return None


# Also one that follows a word of five letters: the places where codes could be overlap.
_CODE_IN_TEXT = re.compile(
    r"(?<![0-9A-Za-z])(?=([0-9A-Za-z]{5}[-‐-―−*\s>]{1,6}[0-9A-Za-z]{5}[-‐-―−*\s>]{1,6}[0-9A-Za-z]{5})(?![0-9A-Za-z]))"
)


def _subject(message: Message) -> str:
    try:
        return str(make_header(decode_header(str(message["Subject"] or "").replace("\r\n", ""))))
    except _UNREADABLE:
        return ""
