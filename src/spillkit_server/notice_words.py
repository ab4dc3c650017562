"""The room's words for notices: kinds, reasons to wait, states on the way out, pauses.

In:    values of `spillkit.notices`.
Out:   words in the language of the page.
Else:  what a notice itself says is in the catalogues of `spillkit.notices`; whole pages stand in the templates.

Two words are kept apart: a person is on hold when he is not told for now; a notice is held when its answer was lost.
"""

from __future__ import annotations

from babel import Locale
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from spillkit.case.events import MailingAct
from spillkit.case.state import MailingDecision
from spillkit.notices.funnel import Funnel
from spillkit.notices.holds import REASONS
from spillkit.notices.pace import Why
from spillkit.notices.publication import Sign, Way
from spillkit.notices.states import State
from spillkit.notices.told import Hold, Kind
from spillkit.printed import printable
from spillkit_server.voice import voice

_KINDS = {
    Kind.AFFECTED: noop("to those whose data was shown"),
    Kind.CORRECTION: noop("a correction"),
    Kind.UNAFFECTED: noop("to those who asked and are not affected"),
    Kind.UNINTENDED_VIEWER: noop("to those who saw it: please delete"),
}
_HOLDS = {
    Hold.LEGAL_HOLD: noop("an authority asked to wait"),
    Hold.NAMESAKE: noop("one of several people, and nobody knows which"),
    Hold.DECEASED: noop("has died"),
    Hold.MINOR: noop("under age"),
    Hold.ADDRESS_CHANGED: noop("address changed since"),
    Hold.SHARED_MAILBOX: noop("a mailbox of many people"),
    Hold.NO_ADDRESS: noop("no mail address"),
    Hold.NOT_SIGNED_OFF: noop("no text read by a native reader"),
}
_STATES = {
    State.READY: (noop("waits"), noop("Nobody was given it yet.")),
    State.SENDING: (noop("in hand"), noop("A sender has it in hand this moment.")),
    State.ACCEPTED: (noop("taken"), noop("The mail server took it over.")),
    State.DEFERRED: (noop("put off"), noop("The mail server said: not now. It is tried again by itself.")),
    State.BOUNCED: (noop("came back"), noop("It was refused, or came back. This person needs another way.")),
    State.HELD: (noop("held"), noop("The answer was lost: nobody knows whether it was taken. It is not sent again by itself.")),
    State.LEFT: (noop("given up"), noop("Two people decided to let it rest, without knowing whether it was taken.")),
    State.WITHDRAWN: (noop("taken back"), noop("Decided not to send, before anything was sent.")),
}  # fmt: skip
_PAUSES = {
    Why.BOUNCES: noop("Too many came back or were refused: more than 4 in 100."),
    Why.COMPLAINTS: noop("Too many were reported as unwanted: more than 8 in 10,000."),
    Why.ANSWERS_LOST: noop("Too many answers of the mail server were lost: more than 4 in 100."),
    Why.PEOPLE: noop("Somebody stopped it."),
}
_EXAMPLES = {
    "affected": noop("to those whose data was shown"),
    "shared": noop("to a mailbox that several people read"),
    "correction": noop("a correction"),
    "unaffected": noop("to those who asked and are not affected"),
    "unintended-viewer": noop("to those who saw it: please delete"),
    "statement": noop("the public statement"),
}
_WAYS = {
    Way.MAIL: noop("mail"),
    Way.SMS: noop("text message"),
    Way.CALL: noop("telephone call"),
    Way.LETTER: noop("letter"),
    Way.SITE: noop("website"),
}
_SIGNS = {
    Sign.PASSWORD: noop("asks for a password"),
    Sign.PAYMENT: noop("asks for a payment"),
    Sign.LINK: noop("has a link"),
    Sign.ATTACHMENT: noop("has an attachment"),
}
_MINUTES_IN_WORDS = 120


def kind_words(kind: str) -> str:
    """Return what a kind of notice is for."""
    return _(_KINDS[Kind(kind)])


def hold_words(hold: str) -> str:
    """Return why somebody is on hold, in a few words."""
    return _(_HOLDS[Hold(hold)])


def hold_reason(hold: str) -> str:
    """Return why somebody is on hold, and what to do."""
    return _(REASONS[Hold(hold)])


def pause_words(why: str) -> str:
    """Return why a mailing stands still; "" where it does not."""
    return _(_PAUSES[Why(why)]) if why in _PAUSES else printable(why)


def example_words(name: str) -> str:
    """Return for whom a text is, by the name of its example."""
    return _(_EXAMPLES[name])


def way_words(way: Way) -> str:
    """Return how a false message came."""
    return _(_WAYS[way])


def sign_words(sign: Sign) -> str:
    """Return by what a false message is known."""
    return _(_SIGNS[sign])


def decision_words(decision: MailingDecision) -> str:
    """Return what two people decided about a mailing, in a sentence."""
    count = decision.notices
    about = {"notices": voice().number(count)}
    if decision.doing is MailingAct.SEND:
        return ngettext("%(notices)s notice may be sent.", "%(notices)s notices may be sent.", count) % about
    if decision.doing is MailingAct.GO_ON:
        return _("What stood still may go on.")
    if decision.doing is MailingAct.SEND_AGAIN:
        return (
            ngettext("%(notices)s held notice may be sent again.", "%(notices)s held notices may be sent again.", count)
            % about
        )
    return ngettext("%(notices)s held notice is to rest.", "%(notices)s held notices are to rest.", count) % about


def funnel_lines(funnel: Funnel) -> tuple[tuple[str, str, str, int], ...]:
    """Return the states of a mailing in their order: name, word, meaning, how many notices. They add up to the plan."""
    return tuple(
        (state.value, _(word), _(says), getattr(funnel, state.value)) for state, (word, says) in _STATES.items()
    )


def language_words(tag: str) -> str:
    """Return the name of a language in the language of the page; the tag itself where it has none."""
    try:
        name = Locale.parse(tag, sep="-").get_display_name((get_language() or "en").partition("-")[0])
    except ValueError:
        name = None
    return name or printable(tag)


def languages_words(label: str) -> str:
    """Return the names of languages that stand in one notice: "de + en"."""
    return " + ".join(language_words(tag) for tag in label.split(" + ") if tag) or _("not known")


def duration_words(hours: float) -> str:
    """Return how long a sending takes: to the minute below two hours, else to the hour."""
    minutes = round(hours * 60)
    if minutes < _MINUTES_IN_WORDS:
        return ngettext("%(count)d minute", "%(count)d minutes", max(minutes, 1)) % {"count": max(minutes, 1)}
    whole = round(hours)
    return ngettext("%(count)d hour", "%(count)d hours", whole) % {"count": whole}


def own_language_words(tag: str) -> str:
    """Return the name of a language in itself."""
    return Locale.parse(tag, sep="-").get_display_name(tag) or printable(tag)
