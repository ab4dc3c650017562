"""Make the mail of one notice: its envelope, its head, its two parts.

In:    Mail (the words of one notice, and to whom), Sending (what all mails of a campaign have in common).
Out:   Post: envelope and bytes with CRLF, of 7-bit characters only (but where the address itself needs more).
Else:  the words are `render`; signing is `signing`; handing it to a server is the sender's.

One mail, one recipient. Nothing that a customer list can hold changes more than the place where it stands: names lose control and
invisible characters and are cut, addresses that cannot be written safely are refused.

What stands in the head, and why:
- Message-ID and the envelope's sender carry the notice's id, which means nothing without the key. So a bounce is brought to its
  notice without a table of addresses, and a mail that is sent again after a lost answer can be shown once.
- Auto-Submitted: auto-generated (RFC 3834, section 5): no holiday answers. X-Auto-Response-Suppress says the same to Exchange
  ([MS-OXCMAIL] 2.1.3.2.20); NDR is left out of it, since bounces are wanted.
- Precedence is left out: RFC 2076 discourages it, some servers send no bounce for "bulk", and it sorts a notice that the law
  requires among advertising.
- List-Unsubscribe is left out: nobody can unsubscribe from a notice that the law requires (GDPR Art. 34), a button that says so
  would not be true, and a link is what phishing brings. The senders' rules of Gmail and Yahoo ask for it in marketing mail only.
- List-Id (RFC 2919) lets a reader sort the notices of one campaign; Feedback-ID lets a mailbox provider count complaints by
  campaign. Neither differs between people.
- Content-Language (RFC 3282) names each language of the text.

`Press` writes the same mail as `plain_post`, some ten times faster; a property test holds the two together.

Source: RFC 5321, 5322 (mail), 2045-2047 (MIME), 6531, 6532 (addresses beyond ASCII), 5891 (IDNA 2008), 3461 (envelope id).
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache

import idna
import msgspec

from spillkit.errors import AddressError, InputError
from spillkit.printed import printable

_MAX_NAME = 80  # characters of a name
_MAX_SUBJECT = 200
_MAX_LOCAL_BYTES, _MAX_ADDRESS_BYTES = 64, 254  # RFC 5321, sections 4.5.3.1.1 and 4.5.3.1.3
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_DOTTED = re.compile(rf"(?:{_ATOM}|\.)+")  # dots anywhere, as some Japanese networks gave out: quoted, they are legal
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\[ -~])*)"')
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{0,61}[a-z0-9]")
_NOTICE_ID = re.compile(r"[A-Za-z0-9]{16,40}")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,62}[A-Za-z0-9])?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


class Address821(msgspec.Struct, frozen=True):
    """A mail address that can be written into an envelope and a head."""

    local: str  # as in Python's Address: without quotes
    domain: str  # in ASCII
    needs_utf8: bool  # the server must know SMTPUTF8 (RFC 6531)

    def __str__(self) -> str:
        return f"{_written_local(self.local)}@{self.domain}"


class Envelope(msgspec.Struct, frozen=True):
    """What is told to the mail server."""

    sender: str  # MAIL FROM: the place for bounces of this notice alone
    recipient: str  # RCPT TO: one
    id: str  # ENVID, where the server offers DSN (RFC 3461); ask for RET=HDRS then, so that no body comes back
    needs_utf8: bool = False


class Post(msgspec.Struct, frozen=True):
    """One mail, ready to be signed and sent."""

    envelope: Envelope
    head: bytes  # lines with CRLF, without the empty one
    body: bytes

    @property
    def data(self) -> bytes:
        return self.head + b"\r\n" + self.body


class Mail(msgspec.Struct, frozen=True):
    """What one person is written."""

    notice_id: str  # letters and digits
    to_address: str  # as in the customer list
    to_name: str  # "" where none is to stand there
    subject: str
    text: str
    html: str
    languages: tuple[str, ...]
    made_at: datetime  # UTC; Date of the mail


class Sending(msgspec.Struct, frozen=True):
    """What all mails of a campaign under one letterhead have in common."""

    campaign: str  # letters, digits, dots and dashes
    from_name: str
    from_address: str
    domain: str  # of Message-ID and List-Id: the company's own
    bounces: str  # mail address to which the notice's id is added: notices@bounce.example.org
    reply_to: str = ""  # on the company's own domain; "": answers go to from_address


def plain_post(mail: Mail, sending: Sending) -> Post:
    """Return the mail as Python's own email package writes it: the twin that is easy to believe.

    Raises  AddressError where nothing can be sent to the address; InputError where ids or languages are none
    """
    recipient = address_of(mail.to_address)
    common = _common(sending)
    message = EmailMessage(policy=policy.SMTPUTF8 if recipient.needs_utf8 else policy.SMTP)
    message["Date"] = format_datetime(mail.made_at.astimezone(UTC))
    message["From"] = Address(common.from_name, common.sender.local, common.sender.domain)
    message["To"] = Address(_one_line(mail.to_name, _MAX_NAME), recipient.local, recipient.domain)
    if common.reply_to is not None:
        message["Reply-To"] = Address("", common.reply_to.local, common.reply_to.domain)
    message["Subject"] = _one_line(mail.subject, _MAX_SUBJECT)
    message["Message-ID"] = message_id_of(mail.notice_id, common.domain)
    message["List-Id"] = f"<{common.list_id}>"
    message["Feedback-ID"] = common.feedback_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = _SUPPRESSED
    text, html = _content(mail.text), _content(mail.html)
    message.set_content(text.decode(), cte=_encoding_for(text))
    message.add_alternative(html.decode(), subtype="html", cte=_encoding_for(html))
    message.set_boundary(_boundary(mail.notice_id))
    message["Content-Language"] = _languages(mail.languages)  # Last: add_alternative moves Content-* to the first part.
    head, _, body = message.as_bytes().partition(b"\r\n\r\n")
    return Post(_envelope(mail.notice_id, recipient, common), head + b"\r\n", body)


class Press:
    """Writes the mails of a campaign, one after the other, fast."""

    def __init__(self, sending: Sending) -> None:
        """Raise AddressError or InputError where the campaign's own addresses or names cannot be used."""
        self._common = common = _common(sending)
        reply_to = f"Reply-To: {common.reply_to}\r\n" if common.reply_to is not None else ""
        self._from = b"From: " + _mailbox(common.from_name, common.sender, len("From: ")) + b"\r\n"
        self._fixed = (
            f"{reply_to}List-Id: <{common.list_id}>\r\nFeedback-ID: {common.feedback_id}\r\n"
            f"Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: {_SUPPRESSED}\r\n"
        ).encode()

    def post(self, mail: Mail) -> Post:
        """Return one mail; raise as `plain_post`."""
        recipient, common = address_of(mail.to_address), self._common
        name, boundary = _one_line(mail.to_name, _MAX_NAME), _boundary(mail.notice_id).encode()
        subject = _one_line(mail.subject, _MAX_SUBJECT)
        head = b"".join(
            (
                b"Date: " + _date(mail.made_at) + b"\r\n" + self._from + b"To: ",
                _mailbox(name, recipient, len("To: ")),
                b"\r\nSubject: " + _phrase(subject, len("Subject: ")),
                b"\r\nMessage-ID: " + message_id_of(mail.notice_id, common.domain).encode() + b"\r\n",
                self._fixed,
                b"Content-Language: " + _languages(mail.languages).encode(),
                b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=" + b'"%b"\r\n' % boundary,
            )
        )
        body = b"".join(
            (
                b"--" + boundary,
                _part(b"plain", mail.text),
                b"\r\n--" + boundary,
                _part(b"html", mail.html),
                b"\r\n--" + boundary + b"--\r\n",
            )
        )
        return Post(_envelope(mail.notice_id, recipient, common), head, body)


def address_of(text: str) -> Address821:
    """Return a mail address in the form that can be written; raise AddressError if there is none.

    text  one address without a name. Its domain is written in ASCII (IDNA 2008); letters beyond ASCII before the @ stay and
          need a server that knows SMTPUTF8.

    >>> str(address_of("zoe@Müller.example")), str(address_of("a..b@example.org"))
    ('zoe@xn--mller-kva.example', '"a..b"@example.org')
    """
    text = text.strip()
    local, at, domain = text.rpartition("@")
    if not at or len(text) > 2 * _MAX_ADDRESS_BYTES:
        raise AddressError("Nothing can be sent to this mail address: it is none. Correct it in the customer list.")
    if (quoted := _QUOTED.fullmatch(local)) is not None:
        local = re.sub(r"\\(.)", r"\1", quoted[1])
    elif _DOTTED.fullmatch(local) is None or not (local.isascii() or local.isprintable()) or "=?" in local:
        raise AddressError(
            "Nothing can be sent to this mail address: what stands before the @ holds a sign that no address holds. "
            "Correct it in the customer list."
        )
    local = unicodedata.normalize("NFC", local)
    address = Address821(local, _host(domain), not local.isascii())
    if not local or len(local.encode()) > _MAX_LOCAL_BYTES or len(str(address).encode()) > _MAX_ADDRESS_BYTES:
        raise AddressError("Nothing can be sent to this mail address: a part of it is missing or too long.")
    return address


def message_id_of(notice_id: str, domain: str) -> str:
    """Return the Message-ID of a notice: always the same for the same notice."""
    return f"<{_checked(_NOTICE_ID, notice_id, 'the id of a notice')}@{domain}>"


def bounce_address(notice_id: str, bounces: Address821) -> str:
    """Return the envelope's sender of a notice: bounces to it are about this notice.

    >>> bounce_address("abcdefghijklmnop2345672345", address_of("notices@bounce.example.org"))
    'notices+abcdefghijklmnop2345672345@bounce.example.org'
    """
    return f"{bounces.local}+{notice_id}@{bounces.domain}"


_SUPPRESSED = "DR, RN, NRN, OOF, AutoReply"


class _Common(msgspec.Struct, frozen=True):
    """A Sending whose parts were checked."""

    from_name: str
    sender: Address821
    reply_to: Address821 | None
    bounces: Address821
    domain: str
    list_id: str
    feedback_id: str


@lru_cache(maxsize=64)
def _common(sending: Sending) -> _Common:
    campaign = _checked(_LABEL, sending.campaign, "the name of a campaign")
    domain, sender, bounces = _host(sending.domain), address_of(sending.from_address), address_of(sending.bounces)
    reply_to = address_of(sending.reply_to) if sending.reply_to else None
    if sender.needs_utf8 or bounces.needs_utf8 or (reply_to is not None and reply_to.needs_utf8):
        raise InputError(
            "The company's own addresses in notices.toml must be of ASCII letters: not every server knows others."
        )
    # A quoted local part would lose its quotes where the notice's id is added.
    if _DOT_ATOM.fullmatch(bounces.local) is None or len(bounces.local) > _MAX_LOCAL_BYTES - 41:
        raise InputError(
            "The address for bounces in notices.toml needs at most 23 plain letters or digits before its @."
        )
    # Feedback-ID is four parts between colons; the last names the sender with 5 to 15 letters and stays the same.
    feedback_id = f"{campaign}:notice:spillkit:{re.sub('[^a-z0-9]', '', domain)[:15]:0<5}"
    name = _one_line(sending.from_name, _MAX_NAME)
    return _Common(name, sender, reply_to, bounces, domain, f"{campaign}.notices.{domain}", feedback_id)


def _envelope(notice_id: str, recipient: Address821, common: _Common) -> Envelope:
    return Envelope(bounce_address(notice_id, common.bounces), str(recipient), notice_id, recipient.needs_utf8)


def _checked(pattern: re.Pattern[str], text: str, what: str) -> str:
    if pattern.fullmatch(text) is None:
        raise InputError("A mail cannot be made: {what} holds other signs than letters and digits.", what=what)
    return text


@lru_cache(maxsize=4096)
def _host(text: str) -> str:
    """Return a domain in ASCII, or raise AddressError."""
    host = text.lower().rstrip(".")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True, std3_rules=True).decode("ascii")
        except (idna.IDNAError, UnicodeError, ValueError, IndexError):
            host = ""
    if _HOST.fullmatch(host) is None or host.rpartition(".")[2].isdigit():
        raise AddressError("Nothing can be sent to this mail address: what stands behind the @ is no domain.")
    return host


def _written_local(local: str) -> str:
    """Return what stands before the @, in quotes where it needs them."""
    if _DOT_ATOM.fullmatch(local) is not None:
        return local
    return '"' + local.replace("\\", "\\\\").replace('"', '\\"') + '"'


@lru_cache(maxsize=256)
def _languages(tags: tuple[str, ...]) -> str:
    return ", ".join(_checked(_LANGUAGE, tag, "the name of a language") for tag in tags)


def _boundary(notice_id: str) -> str:
    """Return a line that no part holds: base64 has no underscore, quoted-printable none behind an equals sign."""
    return f"=_{notice_id}_="


def _one_line(text: str, limit: int) -> str:
    """Return text that stays in its place in the head: no control or invisible character, one space between words, cut, and
    nothing that a mail program would decode as an encoded word."""
    visible = printable(text[: 4 * limit].translate(_SPACES)).replace("=?", "= ?")
    return " ".join(visible.split())[:limit].rstrip()


_SPACES = dict.fromkeys(map(ord, "\t\n\r\v\f\x85\u2028\u2029"), " ")


@lru_cache(maxsize=64)
def _date(at: datetime) -> bytes:
    return format_datetime(at.astimezone(UTC)).encode()


# ── Heads ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

_LINE = 76
_PLAIN_WORDS = re.compile(r"[!-~]{1,60}(?: [!-~]{1,60})*")
_ATOM_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]{1,60}")
_ENCODED_BYTES = (
    42  # of UTF-8 in one encoded word: 56 signs of base64, and 12 around them; at most 75 are allowed (RFC 2047)
)


def _phrase(text: str, used: int) -> bytes:
    """Return text as it stands in a head after `used` signs: plain, folded between words, or as encoded words."""
    if _PLAIN_WORDS.fullmatch(text) is None:
        return _encoded_words(text)
    if used + len(text) <= _LINE:
        return text.encode()
    lines, line = [], ""
    for word in text.split(" "):
        if line and used + len(line) + 1 + len(word) > _LINE:
            lines.append(line)
            line, used = word, 1
        else:
            line = f"{line} {word}" if line else word
    return "\r\n ".join([*lines, line]).encode()


def _encoded_words(text: str) -> bytes:
    """Return text as encoded words in base64, none of which cuts a character (RFC 2047, section 5)."""
    content, words, start = text.encode(), [], 0
    while start < len(content):
        end = start + _ENCODED_BYTES
        while end < len(content) and content[end] & 0xC0 == 0x80:
            end -= 1
        words.append(b"=?utf-8?b?%b?=" % base64.b64encode(content[start:end]))
        start = end
    return b"\r\n ".join(words)


def _mailbox(name: str, address: Address821, used: int) -> bytes:
    """Return `name <address>`; the address on a line of its own where both are long."""
    written = str(address).encode()
    if not name:
        return written
    if _ATOM_PHRASE.fullmatch(name) is not None:
        said = name.encode()
    elif len(name) <= 60 and name.isascii():
        said = b'"' + name.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'
    else:
        said = _encoded_words(name)
    between = b" " if b"\r\n" not in said and used + len(said) + len(written) + 3 <= _LINE else b"\r\n "
    return said + between + b"<" + written + b">"


# ── Parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _content(text: str) -> bytes:
    """Return text with one kind of line end, none of the signs that no mail may hold, and an end to its last line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    try:
        content = text.encode()
    except UnicodeEncodeError:  # Half of a pair of surrogates.
        content = text.encode("utf-8", "replace")
    return content if content.endswith(b"\n") else content + b"\n"


def _encoding_for(content: bytes) -> str:
    """Return the shorter encoding: quoted-printable takes three signs for a byte beyond ASCII, base64 four for three bytes."""
    beyond = len(content) - len(content.translate(None, _BEYOND_ASCII))
    return "quoted-printable" if 6 * beyond <= len(content) else "base64"


_BEYOND_ASCII = bytes(range(0x80, 0x100))


def _part(subtype: bytes, text: str) -> bytes:
    content = _content(text)
    encoding = _encoding_for(content)
    body = _quoted_printable(content) if encoding == "quoted-printable" else _base64(content)
    return b"".join(
        (
            b"\r\nContent-Type: text/" + subtype,
            b'; charset="utf-8"\r\nContent-Transfer-Encoding: ' + encoding.encode() + b"\r\n\r\n",
            body,
        )
    )


def _quoted_printable(content: bytes) -> bytes:
    """Return quoted-printable with CRLF (RFC 2045, section 6.7). "From " at the start of a line is escaped: some stores of mail
    put a > before it, and the signature would no longer be right."""
    # Nothing goes over the end of a line here, and most lines stand in every notice of a mailing. Those with a name are kept as
    # long as two thousand others, in the memory of a sender that holds all addresses.
    return b"".join([_quoted_line(line) for line in content.split(b"\n")[:-1]])


@lru_cache(maxsize=2048)
def _quoted_line(line: bytes) -> bytes:
    encoded = b"\n" + binascii.b2a_qp(line + b"\n", quotetabs=False, istext=True)
    return encoded.replace(b"\nFrom ", b"\n=46rom ")[1:].replace(b"\n", b"\r\n")


def _base64(content: bytes) -> bytes:
    """Return base64 of text whose lines end in CRLF, as text in mail does (RFC 2046, section 4.1.1)."""
    return base64.encodebytes(content.replace(b"\n", b"\r\n")).replace(b"\n", b"\r\n")
