"""The room's words for what two people decide about a mailing.

In:    a mailing, what is to be done with it, what is accepted with it.
Out:   sentences in the language of the page, to be signed.
Else:  what happened is told by `words`; kinds and states of notices are `notice_words`.
"""

from __future__ import annotations

from collections.abc import Iterable

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language
from django.utils.translation import gettext_noop as noop

from spillkit.case.events import MailingAct
from spillkit.printed import printable
from spillkit_server.voice import voice

_PROPOSED = {
    MailingAct.SEND: noop("Mailing {mailing} is to be sent exactly as planned. Notices: {notices}."),
    MailingAct.GO_ON: noop("Mailing {mailing} stands still, and is to go on. Notices: {notices}."),
    MailingAct.SEND_AGAIN: noop(
        "Held notices of mailing {mailing} are to be sent again: {notices}. Somebody may get one twice."
    ),
    MailingAct.GIVE_UP: noop(
        "Held notices of mailing {mailing} are to be given up: {notices}. Somebody may have got none."
    ),
}

_MOST_NAMED = 15


def mailing_words(mailing: str, doing: MailingAct, notices: int) -> str:
    """Return what is proposed, as a sentence to sign.

    notices  how many it concerns
    """
    return voice().say(_PROPOSED[doing], mailing=mailing, notices=notices)


def exceptions_words(accepts: Iterable[str]) -> list[str]:
    """Return what is accepted although a check speaks against it: a sentence for each kind, however many there are of it."""
    said, unread, contradictions, others = voice(), [], [], []
    for word in accepts:
        kind, _colon, about = word.partition(":")
        if kind == "unread" and about:
            unread.append(_language(about))
        elif kind == "contradiction" and about:
            contradictions.append(about)
        else:
            others.append(printable(word))
    if unread:
        others.insert(0, said.say("Texts that no native reader has signed: {languages}.", languages=_named(unread)))
    if contradictions:
        others.append(
            said.say("Contradictions that the check found, and that stand: {ids}.", ids=_named(contradictions))
        )
    return others


def _named(names: list[str]) -> str:
    """Return names in one line: all languages there are, and of long lists the first."""
    said = voice()
    parts = [said.apart(printable(name)) for name in names[:_MOST_NAMED]]
    if len(names) > _MOST_NAMED:
        parts.append(said.say("{count} more", count=len(names) - _MOST_NAMED))
    return said.chain(", ", parts)


def _language(tag: str) -> str:
    try:
        name = Locale.parse(tag, sep="-").get_display_name((get_language() or "en").partition("-")[0])
    except (ValueError, UnknownLocaleError):
        name = None
    return f"{name} ({tag})" if name else tag
