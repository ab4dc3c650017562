"""Say what else is known of an incident, beside its cause.

In:    a cause and its signs; or a sentence that was said before, and a Voice.
Out:   sentences with counts; the same in another language.
Else:  advice is `remedies`; what a cause means is `scope.cause_words`.

An incident keeps its sentences in English. One is told in another language only where putting its values into the English gives
the very words that were kept: else they stand as they are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from spillkit.cause.incident import CauseClass
from spillkit.cause.measure import Signs
from spillkit.voice import ENGLISH, Voice

# Sentences that go by a number, for one and for several.
COUNTED: Mapping[str, tuple[str, str]] = {
    "life": ("A stored answer lived for about {count} second.", "A stored answer lived for about {count} seconds."),
    "fan": (
        "A stored answer went to {count} stranger (median).",
        "A stored answer went to {count} strangers (median).",
    ),
    "nodes": ("{count} cache node gave stored answers.", "{count} cache nodes gave stored answers, each its own."),
    "sessions": ("{count} session was handed over.", "{count} sessions were handed over."),
    "browsers": (
        "One session was given to at most {count} browser.",
        "One session was given to at most {count} browsers.",
    ),
    "shown": ("An answer showed {count} stranger (median).", "An answer showed {count} strangers (median)."),
    # Parts of sentences.
    "askers": ("{count} asker", "{count} askers"),
    "objects": ("{count} object", "{count} objects"),
    "times": ("{count} time", "{count} times"),
    "rows": ("{count} row", "{count} rows"),
    "viewers": ("{count} viewer", "{count} viewers"),
    "accounts": ("{count} account", "{count} accounts"),
}
# The others. A value that COUNTED names is counted so; any other stands as it is.
FACTS: Mapping[str, str] = {
    "layer": "Nothing recorded tells whether the cache is in front of the application or inside it.",
    "acting": "Whoever holds another's session could also act as its owner.",
    "received": "{askers} received {objects} of others.",
    "refused": "The busiest was refused or found nothing {times}.",
    "later": "Each message is about the recipient {rows} later in the batch.",
    "earlier": "Each message is about the recipient {rows} earlier in the batch.",
    "first": "The first wrong message is number {row} of its batch.",
    "load": "Wrong answers grew with the load to the power {power}; 2 means that two requests must meet.",
    "saw": "{viewers} saw {accounts} of others.",
    "outlived": "It outlived signing out and in again.",
}
_WHOLE = ("life", "fan", "nodes", "sessions", "browsers", "shown")
_NUMBER = r"-?\d{1,3}(?:,?\d{3})*(?:\.\d+)?"


def facts_of(cause: CauseClass, signs: Signs) -> tuple[str, ...]:
    """Return what else is known, in sentences."""
    return tuple(_facts(cause, signs))


def tell_fact(text: str, voice: Voice) -> str:
    """Return a sentence of `facts_of` as a Voice says it; words that are none of them as they were kept."""
    for name in _WHOLE:
        told = _told_count(name, text, voice)
        if told is not None:
            return told
    for sentence in FACTS.values():
        told = _told(sentence, text, voice)
        if told is not None:
            return told
    return voice.kept(text)


def _facts(cause: CauseClass, signs: Signs) -> Iterator[str]:
    if cause in (CauseClass.SHARED_CACHE, CauseClass.APP_CACHE, CauseClass.CACHE):
        if not math.isnan(signs.life_seconds):
            yield _count("life", signs.life_seconds)
        if not math.isnan(signs.fan):
            yield _count("fan", signs.fan)
        if cause is CauseClass.SHARED_CACHE and signs.edges >= 2:
            yield _count("nodes", signs.edges)
        if cause is CauseClass.CACHE:
            yield FACTS["layer"]
    elif cause in (CauseClass.CACHED_COOKIE, CauseClass.SESSION_MIX_UP):
        yield _count("sessions", signs.sids)
        yield _count("browsers", max(1, signs.most_receivers))
        yield FACTS["acting"]
    elif cause is CauseClass.ENUMERATION:
        yield _say("received", askers=_count("askers", signs.askers), objects=_count("objects", signs.urls))
        if signs.refused:
            yield _say("refused", times=_count("times", signs.refused))
    elif cause is CauseClass.MAIL_SHIFT:
        yield _say("later" if signs.shift > 0 else "earlier", rows=_count("rows", abs(signs.shift)))
        yield _say("first", row=str(signs.first_row))
    elif cause is CauseClass.BULK_LISTING:
        yield _count("shown", signs.median_people)
    elif cause is CauseClass.REQUEST_RACE and not math.isnan(signs.slope):
        yield _say("load", power=f"{signs.slope:.1f}")
    elif cause is CauseClass.ACCOUNT_MAPPING:
        yield _say("saw", viewers=_count("viewers", signs.viewers), accounts=_count("accounts", signs.people))
        if signs.other_session.value > 0:
            yield FACTS["outlived"]


def _count(name: str, number: float) -> str:
    return ENGLISH.several(*COUNTED[name], round(number))


def _say(name: str, **values: str) -> str:
    return ENGLISH.say(FACTS[name], **values)


def _told_count(name: str, text: str, voice: Voice) -> str | None:
    for form in COUNTED[name]:
        before, after = (re.escape(part) for part in form.split("{count}"))
        found = re.fullmatch(f"{before}([0-9][0-9,]*){after}", text)
        if found is not None:
            count = int(found[1].replace(",", ""))
            return voice.several(*COUNTED[name], count) if ENGLISH.several(*COUNTED[name], count) == text else None
    return None


def _told(sentence: str, text: str, voice: Voice) -> str | None:
    parts = re.split(r"\{(\w+)\}", sentence)
    found = re.fullmatch("(.+?)".join(re.escape(part) for part in parts[::2]), text)
    if found is None:
        return None
    values: dict[str, str] = {}
    for name, value in zip(parts[1::2], found.groups(), strict=True):
        told = _told_count(name, value, voice) if name in COUNTED else value if re.fullmatch(_NUMBER, value) else None
        if told is None:
            return None
        values[name] = told
    return voice.say(sentence, **values)
