"""Walk through the parts of a mail that somebody else wrote.

In:    a message as the standard library read it.
Out:   its parts, as many as are looked at; the text of one.
Else:  what they say is `dsn`, `genuine` and `fakes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message

ATTACHED = frozenset(
    {"message/rfc822", "message/global"}
)  # a mail in a mail (RFC 2046, section 5.2.1; RFC 6532, section 3.7)


def parts_of(message: Message, most: int) -> Iterator[Message]:
    """Yield a mail's parts from the top, level by level; what is in a mail attached to it is none of them.

    most  how many are looked at: nesting costs its writer nothing
    """
    waiting = [message]
    for place in range(most):
        if place == len(waiting):
            return
        part = waiting[place]
        yield part
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_maintype() == "multipart":
            waiting += [one for one in inner if isinstance(one, Message)]


def text_of(part: Message) -> str:
    """Return the text of a part, by the charset it names if there is such a one; "" where it has none."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(str(part.get_param("charset") or "utf-8"), "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")
