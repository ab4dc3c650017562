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


def mailing_words(mailing: str, doing: MailingAct, notices: int) -> str:
    """Return what is proposed, as a sentence to sign.

    notices  how many it concerns
    """
    return voice().say(_PROPOSED[doing], mailing=mailing, notices=notices)


def exceptions_words(accepts: Iterable[str]) -> list[str]:
    """Return what is accepted although a check speaks against it, a sentence each; a word that is not known here as it is."""
    return [_exception_words(word) for word in accepts]


def _exception_words(word: str) -> str:
    kind, _colon, about = word.partition(":")
    said = voice()
    if kind == "unread" and about:
        return said.say("No native reader has signed the text in this language: {language}.", language=_language(about))
    if kind == "contradiction" and about:
        return said.say("A contradiction that the check found stands as it is: {id}.", id=about)
    return printable(word)


def _language(tag: str) -> str:
    try:
        name = Locale.parse(tag, sep="-").get_display_name((get_language() or "en").partition("-")[0])
    except (ValueError, UnknownLocaleError):
        name = None
    return f"{name} ({tag})" if name else tag
