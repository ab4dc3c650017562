"""Say in words what caused an incident.

In:    incidents.
Out:   phrases and sentences for screens, reports, SARIF and JUnit.
Else:  deciding is `spillkit.cause`; the answers to questions 8 to 10 are `cause_answers`; each class has a page in
       docs/explanation/causes/.

What staff did is never called technical, and nobody is named: it is handed on to trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from spillkit.cause.incident import CauseClass, Incident, Onset
from spillkit.printed import printable
from spillkit.scope.words import count_of, listed, moment

Confidence = Literal["confirmed", "possible", "unknown"]

# A cause is called confirmed from this score and so many answers on; below the lower score nothing is decided.
CONFIRMED_SCORE = 0.7
CONFIRMED_ANSWERS = 10
DECIDED_SCORE = 0.35

CAUSE_WORDS: Mapping[CauseClass, str] = {
    CauseClass.SHARED_CACHE: "shared HTTP cache",
    CauseClass.APP_CACHE: "application cache key",
    CauseClass.CACHE: "cache, layer not recorded",
    CauseClass.CACHED_COOKIE: "cached Set-Cookie",
    CauseClass.SESSION_MIX_UP: "session mix-up",
    CauseClass.REQUEST_RACE: "request race",
    CauseClass.DESYNC: "connection desync",
    CauseClass.BULK_LISTING: "bulk listing, tenant filter missing",
    CauseClass.ENUMERATION: "ids tried one after another",
    CauseClass.ACCOUNT_MAPPING: "account mapping",
    CauseClass.JOB_MIX_UP: "export jobs mixed up",
    CauseClass.MEMORY_FRAGMENT: "memory fragment",
    CauseClass.OPEN_RECIPIENTS: "recipients in a mail header",
    CauseClass.MAIL_SHIFT: "mail merge shifted",
    CauseClass.TEMPLATE_FIELD: "private field on a public page",
    CauseClass.STAFF: "access by staff, handed on to trace",
    CauseClass.UNKNOWN: "unknown",
}

CAUSE_MEANING: Mapping[CauseClass, str] = {
    CauseClass.SHARED_CACHE: "A cache between the viewers and the application kept one person’s answer and gave it to others.",
    CauseClass.APP_CACHE: "The application kept one person’s answer under a key without the person in it, and gave it to others.",
    CauseClass.CACHE: "A cache kept one person’s answer and gave it to others. Nothing recorded tells whether it stands before the "
    "application or inside it.",
    CauseClass.CACHED_COOKIE: "A cache kept an answer with a session cookie in it, so that several people were given one session.",
    CauseClass.SESSION_MIX_UP: "The application gave one person’s session to another.",
    CauseClass.REQUEST_RACE: "Requests that ran at the same moment took each other’s user.",
    CauseClass.DESYNC: "A connection inside the system fell out of step, so that answers went to the request after.",
    CauseClass.BULK_LISTING: "A list was answered without leaving out whom the viewer may not see.",
    CauseClass.ENUMERATION: "Somebody asked for one id after another, and nobody checked whose they were.",
    CauseClass.ACCOUNT_MAPPING: "Accounts were tied to the wrong people.",
    CauseClass.JOB_MIX_UP: "Jobs that ran at the same time wrote into each other’s files.",
    CauseClass.MEMORY_FRAGMENT: "Answers carried rests of other answers from memory.",
    CauseClass.OPEN_RECIPIENTS: "A message named its recipients to each other.",
    CauseClass.MAIL_SHIFT: "From some row on, each message went to the recipient of another.",
    CauseClass.TEMPLATE_FIELD: "A page that everybody may see had a private field in it.",
    CauseClass.STAFF: "Staff were sent data of people for whom no task is on record. Numbers alone tell neither why nor by whom: "
    "it is handed on to trace. Keep the logs of internal tools, and confront nobody on this.",
    CauseClass.UNKNOWN: "What is recorded does not decide it.",
}


def cause_words(incident: Incident) -> str:
    """Return the cause in a few words."""
    return CAUSE_WORDS[incident.cause.cause]


def cause_meaning(incident: Incident) -> str:
    """Return what happened, in a sentence or two."""
    return CAUSE_MEANING[incident.cause.cause]


def cause_confidence(incident: Incident) -> Confidence:
    """Return how sure the cause is: by its score, and by how many answers bear it."""
    cause = incident.cause
    if cause.cause is CauseClass.UNKNOWN or cause.score < DECIDED_SCORE:
        return "unknown"
    return "confirmed" if cause.score >= CONFIRMED_SCORE and incident.answers >= CONFIRMED_ANSWERS else "possible"


def next_best_guess(incident: Incident) -> str:
    """Return the runner-up in words where the cause is not sure; "" where it is, or where it is handed on to trace."""
    cause = incident.cause
    if cause.runner_up is None or cause.cause is CauseClass.STAFF or cause_confidence(incident) == "confirmed":
        return ""
    return CAUSE_WORDS[cause.runner_up]


def incident_line(incident: Incident) -> str:
    """Return an incident on one line of a terminal."""
    people = f"people {incident.subjects_confirmed:,}"
    if possible := incident.subjects - incident.subjects_confirmed:
        people += f" + {possible:,} possible"
    viewers = f"viewers {incident.viewers:,}" if incident.viewers_known else "viewers unknown"
    evidence = "confirmed" if incident.subjects_confirmed else "possible"
    return (
        f"incident {incident.number}  {cause_words(incident)}   {evidence}   {people}   {viewers}   "
        f"answers {incident.answers:,}   {span_of(incident.onset)}   {routes_words(incident)}"
    )


def span_of(onset: Onset) -> str:
    """Return from when to when, in UTC."""
    if onset.first_at is None or onset.last_at is None:
        return "time unknown"
    last = moment(onset.last_at, UTC)
    if onset.first_at.date() == onset.last_at.date():
        last = last.partition(" ")[2]
    return f"{moment(onset.first_at, UTC).removesuffix(' UTC')} to {last}"


def routes_words(incident: Incident, most: int = 3) -> str:
    """Return the first routes in words."""
    shown = [printable(route) for route in incident.routes[:most]]
    more = len(incident.routes) - len(shown)
    return listed([*shown, f"{more:,} more"]) if more > 0 else listed(shown)


def steps_of(onset: Onset) -> list[tuple[datetime, str, str]]:
    """Return what happened when, in order: time, what, and the text of a change ("" for an answer)."""
    steps = [
        (onset.clean_before, 1, "last clean answer of these routes", ""),
        (onset.first_at, 2, "first exposed answer", ""),
        (onset.last_at, 3, "last exposed answer", ""),
        (onset.clean_after, 4, "first clean answer after", ""),
    ]
    if onset.began_with is not None:
        steps.append((onset.began_with.at, 0, "change", onset.began_with.what))
    if onset.ended_with is not None:
        steps.append((onset.ended_with.at, 0, "change", onset.ended_with.what))
    timed = sorted((at, order, words, what) for at, order, words, what in steps if at is not None)
    return [(at, words, what) for at, _, words, what in timed]


def change_words(onset: Onset) -> list[str]:
    """Return how the changes lie to the onset and the end. A change before is a place to look at, not a proof."""
    said = []
    if onset.began_with is not None and onset.first_at is not None:
        gap = _gap(onset.began_with.at, onset.first_at)
        said.append(f"{gap} before the first exposed answer: {printable(onset.began_with.what)}")
    if onset.ended_with is not None and onset.last_at is not None:
        where = (
            "after" if onset.ended_with.at >= onset.last_at else "before"
        )  # An answer may still have been on its way.
        gap = _gap(onset.last_at, onset.ended_with.at)
        said.append(f"{gap} {where} the last exposed answer: {printable(onset.ended_with.what)}")
    return said


def _gap(one: datetime, two: datetime) -> str:
    seconds = abs(int((two - one).total_seconds()))
    if seconds == 0:
        return "less than a second"
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return count_of(seconds // size, word)
    return count_of(seconds, "second")
