"""Tell false messages apart that people report, without keeping a word of them.

In:    the text of a message that is not ours, or the mail as it was sent on; how it came; a key.
Out:   a keyed digest that is the same for the same false message to other people; by what signs it is known.
Else:  who may let a warning be shown, and the rows of it, are the room's; the warning itself is `publication.Fake`.

Whoever sends false messages writes the same text to many, with another name, number, link and address in each. So these are left
out before the digest is taken: addresses, numbers, and a first short line, in which somebody is greeted.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message

from spillkit.notices.mail_parts import text_of
from spillkit.notices.publication import Sign, Way
from spillkit.notices.seen import FORM, PICTURE, seen_in

DIGEST_SIGNS = 32  # hex
_MAX_BYTES = 2 * 1024 * 1024
_MAX_SIGNS = 20_000
_MAX_PARTS = 40
_GREETING_WORDS = 8
_LINK = re.compile(r"(?i)\b(?:https?://|www\.)\S+")
_ADDRESS = re.compile(r"\S+@\S+")
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError, MessageError)


def sameness(text: str, way: Way, key: bytes) -> str:
    """Return the digest by which reports of one false message come together; of no text, all reports of one way do.

    key  of `marks.derived_key(workspace_key, "fakes")`: without it nobody finds out who was written what

    >>> mails = ("Dear Alice,\\nPay 40 at https://a.example/1 now", "Dear Bob,\\nPay 70 at https://b.example/22 now")
    >>> len({sameness(mail, Way.MAIL, bytes(32)) for mail in mails})
    1
    """
    lines = [line for line in text[:_MAX_SIGNS].splitlines() if line.strip(" >|\t")]
    if len(lines) > 1 and len(lines[0].split()) <= _GREETING_WORDS:
        lines = lines[1:]
    without = _ADDRESS.sub(" ", _LINK.sub(" ", unicodedata.normalize("NFKC", "\n".join(lines)).casefold()))
    letters = "".join(sign for sign in without if unicodedata.category(sign)[0] == "L")
    return hmac.digest(key, f"{way.value}\0{letters}".encode("utf-8", "replace"), "sha256").hex()[:DIGEST_SIGNS]


def read_fake(raw: bytes) -> tuple[str, tuple[Sign, ...]]:
    """Return the text of a mail that somebody sent on, and by what it is known; ("", ()) where it cannot be read.

    Signs are taken from how a mail is made, not from its words: a false mail may be a copy of ours, which says what we never ask
    for. Of a mail that holds another as an attachment, the other is looked at.
    """
    try:
        parts = _parts(message_from_bytes(raw[:_MAX_BYTES]))
        seen = [_seen(part) for part in parts if part.get_content_maintype() == "text" and not part.get_filename()]
        text = "\n".join(seen)[:_MAX_SIGNS]
        found = {
            Sign.LINK: _LINK.search(text.replace(PICTURE, " ")) is not None,
            Sign.PASSWORD: FORM in text,
            Sign.ATTACHMENT: any(part.get_filename() for part in parts),
        }
    except _UNREADABLE:
        return "", ()
    return text, tuple(sign for sign in Sign if found.get(sign))


def _parts(message: Message) -> list[Message]:
    """Return the leaves of a mail; of one that is sent on as an attachment, those of the mail in it."""
    found: list[Message] = []
    waiting = [message]
    looked_at = 0
    while waiting and looked_at < _MAX_PARTS:
        part = waiting.pop(0)
        looked_at += 1
        inner = part.get_payload()
        if isinstance(inner, list):
            mails = [one for one in inner if isinstance(one, Message)]
            if part.get_content_type() == "message/rfc822":
                found, waiting = [], mails[:1]
            else:
                waiting += mails
        else:
            found.append(part)
    return found


def _seen(part: Message) -> str:
    text = text_of(part)
    return seen_in(text) if part.get_content_subtype() == "html" else text
