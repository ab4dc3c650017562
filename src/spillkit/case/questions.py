"""Answer the fourteen questions for a case.

In:    a case, its measurement where there is one, and who reads.
Out:   fourteen cells; one that nobody can fill says “unknown, because …” and what to do.
Else:  what a measurement knows is worded in `spillkit.scope.questions`; here is what people stated, decided and did.

No cell says “breach” or “hack”: the word belongs to the law and is used in reports only, after two people signed it.
What people wrote freely is for internal readers; others are told that it stands in the case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo

import msgspec

from spillkit.case.events import MailingAct
from spillkit.case.state import Case, DutyState, FigureRow, Report
from spillkit.law.decision import Outcome
from spillkit.law.facts import Facts, Population
from spillkit.law.rule import DutyKind
from spillkit.printed import printable
from spillkit.scope.audience import SMALLEST, for_audience
from spillkit.scope.cause_words import Confidence
from spillkit.scope.measurement import Audience, Measurement
from spillkit.scope.questions import (
    QUESTIONS,
    READERS,
    Answer,
    account_words,
    answer_questions,
    field_words,
    viewer_kind_words,
)
from spillkit.scope.words import listed, moment, percent
from spillkit.voice import ENGLISH, Voice

_MOST_NAMED = 6
_MOST_UNDECIDED = 3  # whom to tell, perhaps: the page of duties has them all
_NOT_MEASURED = (
    "nothing was measured. Run spillkit scan and spillkit measure on the recordings, and keep every recording there is."
)
_NOT_STATED = "it is neither measured nor stated. Measure, or state the facts of this case."
# Why a question has no answer, and what to do now.
WHY_UNKNOWN = {
    **dict.fromkeys((1, 2), _NOT_MEASURED),
    **dict.fromkeys((3, 4, 5, 6, 7), _NOT_STATED),
    8: "no cause was looked for. Run spillkit cause; keep the settings of caches and proxies as they are now.",
    9: "nothing was checked after a repair. Record traffic after it, then run spillkit fix verify.",
    10: "no other incident was compared. Compare with spillkit compare.",
    11: "no access log of staff was looked at. Keep the logs of internal tools; confront nobody on numbers alone.",
    12: "no facts were stated, so no duty was looked at. State the facts, and let the engine decide.",
    13: "nobody was told from here. Until then let customer care answer from the affected list, by customer id only.",
    14: "no protection is written down. Write down what is done to protect people, and since when.",
}
PHASES = {"first": "first report", "follow-up": "follow-up", "withdrawal": "withdrawal"}
REPORT_STATES = {
    "draft": "{report} is a draft",
    "approved": "{report} is approved by two, not sent",
    "sent": "{report} was sent",
    "withdrawn": "{report} was withdrawn",
}


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One of the fourteen cells, as its reader may see it."""

    number: int
    question: str
    answer: str
    confidence: Confidence
    evidence: str  # in words; "" where there is none
    entries: tuple[int, ...]  # numbers of the timeline's entries that it rests on: what to link to
    measurement: str  # digest of the measurement that it rests on; "": none
    coverage: str
    changed_at: datetime | None  # None: never filled
    readers: tuple[str, ...]


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the case says on one question."""

    words: str
    confidence: Confidence
    entries: tuple[int, ...]
    changed_at: datetime


def answer_cells(
    case: Case,
    measurement: Measurement | None = None,
    audience: Audience = "internal",
    zone: tzinfo = UTC,
    voice: Voice = ENGLISH,
) -> tuple[Cell, ...]:
    """Return the fourteen cells.

    measurement  the case's last one, whole or cut down for this reader already; None: there is none
    zone         in which times are written
    voice        the language of the answers
    """
    told = for_audience(measurement, audience) if measurement is not None else None
    measured = answer_questions(told, zone, voice) if told is not None else (None,) * len(QUESTIONS)
    said = _what_the_case_says(case, audience, zone, voice, is_measured=told is not None)
    digest = case.figure.digest if case.figure is not None else ""
    return tuple(
        _cell(case, place + 1, audience, by_measuring, said.get(place + 1), digest, voice)
        for place, by_measuring in enumerate(measured)
    )


def _cell(
    case: Case,
    number_: int,
    audience: Audience,
    measured: Answer | None,
    said: _Said | None,
    digest: str,
    voice: Voice,
) -> Cell:
    """Put together what was measured and what the case says; nothing of both: unknown, because …"""
    readers = READERS[number_ - 1]
    stated_only = measured is None and said is None and case.facts is not None and number_ in _STATED
    if audience not in readers or (audience == "public" and stated_only):
        measured, said, empty = None, None, voice.say("Not part of this version.")
    else:
        empty = voice.say("Unknown, because {why}", why=voice.say(WHY_UNKNOWN[number_]))
    if said is not None and number_ not in _ADDED:
        measured = None
    words = [part.answer if isinstance(part, Answer) else part.words for part in (measured, said) if part is not None]
    evidence = [measured.evidence if measured else "", _entries_words(said.entries, voice) if said else ""]
    times = [part.changed_at for part in (measured, said) if part is not None]
    last = said or measured
    return Cell(
        number=number_,
        question=voice.say(QUESTIONS[number_ - 1]),
        answer=voice.chain(" ", words) or empty,
        confidence=last.confidence if last else "unknown",
        evidence=voice.chain("; ", [text for text in evidence if text]),
        entries=said.entries if said else (),
        measurement=digest if measured and measured.coverage else "",
        coverage=measured.coverage if measured else "",
        changed_at=max(times) if times else None,
        readers=readers,
    )


_STATED = frozenset({1, 3, 4, 5, 6, 7})  # What facts may say where nothing was measured.
_ADDED = frozenset({1, 9})  # What the case says stands after what was measured, not instead of it.


def _entries_words(entries: tuple[int, ...], voice: Voice) -> str:
    if not entries:
        return ""
    shown = [str(entry) for entry in entries[:_MOST_NAMED]]
    if len(entries) > len(shown):
        shown.append(voice.say("{count} more", count=len(entries) - len(shown)))
    if len(entries) == 1:
        return voice.say("entry {numbers} of this case", numbers=shown[0])
    return voice.say("entries {numbers} of this case", numbers=voice.listed(shown))


def _what_the_case_says(
    case: Case, audience: Audience, zone: tzinfo, voice: Voice, *, is_measured: bool
) -> dict[int, _Said]:
    said = {
        1: _figures(case, audience, zone, voice, is_measured=is_measured),
        9: _opened_again(case, zone, voice),
        12: _authorities(case, audience, zone, voice),
        13: _people(case, audience, zone, voice),
        14: _protections(case, audience, zone, voice),
    }
    if not is_measured and case.facts is not None and audience != "public":  # Stated groups may be small.
        said_by_facts = _from_facts(case.facts, zone, voice)
        stated = {number_: _stated(case, words, voice) for number_, words in said_by_facts.items()}
        said = {number_: said.get(number_) or stated.get(number_) for number_ in range(1, len(QUESTIONS) + 1)}
    return {number_: each for number_, each in said.items() if each is not None}


# 1: figures, with every earlier one


def _figures(case: Case, audience: Audience, zone: tzinfo, voice: Voice, *, is_measured: bool) -> _Said | None:
    row = case.figure
    if row is None:
        return None
    if audience == "public":
        return None if is_measured and not row.corrected else _public_figures(case, row, voice)
    parts = []
    if not is_measured or row.corrected:
        words = voice.sentence(figure_words(row, voice))
        parts.append(voice.say("As corrected: {words}", words=words) if row.corrected else words)
        if row.corrected and audience == "internal":
            parts.append(voice.say("Why: {reason}", reason=printable(row.why)))
    earlier = [
        voice.say("{words} ({at})", words=figure_words(each, voice), at=_when(case, each, zone))
        for each in case.figures[:-1]
    ]
    if len(earlier) > _MOST_NAMED:
        earlier = [*earlier[:1], voice.say("{count} more", count=len(earlier) - 2), earlier[-1]]
    if earlier:
        parts.append(voice.say("Said before: {earlier}.", earlier=voice.chain("; ", earlier)))
    if not parts:
        return None
    return _Said(
        words=voice.chain(" ", parts),
        confidence="confirmed" if row.figures.confirmed else "possible",
        entries=tuple(each.number for each in case.figures),
        changed_at=case.timeline[row.number - 1].at,
    )


def _public_figures(case: Case, row: FigureRow, voice: Voice) -> _Said:
    """What everybody may read: no group of fewer than five people, and no earlier figure from which one could be worked out."""
    confirmed = row.figures.confirmed
    is_few = confirmed is not None and confirmed < SMALLEST
    words = voice.say("Fewer than five.") if is_few else voice.sentence(figure_words(row, voice))
    return _Said(
        words=voice.say("As corrected: {words}", words=words) if row.corrected else words,
        confidence="confirmed" if confirmed else "possible",
        entries=(row.number,),
        changed_at=case.timeline[row.number - 1].at,
    )


def figure_words(row: FigureRow, voice: Voice = ENGLISH) -> str:
    """Return figures in words: never one number where not everything was looked at."""
    figures = row.figures
    if figures.confirmed is None:
        unknown = [voice.say("number unknown")]
        if figures.upper is not None:
            unknown.append(voice.say("at most {upper}", upper=figures.upper))
        return voice.chain(", ", unknown)
    parts = [voice.say("{confirmed} confirmed", confirmed=figures.confirmed)]
    if figures.possible:
        parts.append(voice.say("{possible} more possible", possible=figures.possible))
    if figures.estimate is not None and figures.estimate != figures.confirmed:
        parts.append(voice.say("about {estimate} by estimate", estimate=figures.estimate))
    if figures.upper is not None:
        parts.append(voice.say("at most {upper}", upper=figures.upper))
    elif not row.complete:
        parts.append(voice.say("no upper bound known"))
    if row.coverage is not None and row.coverage < 1:
        parts.append(voice.say("{share} looked at", share=percent(row.coverage, voice)))
    return voice.chain(", ", parts)


def _when(case: Case, row: FigureRow, zone: tzinfo) -> str:
    return moment(case.timeline[row.number - 1].at, zone, seconds=False)


# 3 to 7: as stated, where nothing was measured


def _stated(case: Case, words: str, voice: Voice) -> _Said:
    return _Said(
        words=voice.chain(" ", [words, voice.say("As stated, not measured.")]),
        confidence="possible",
        entries=(case.facts_number,),
        changed_at=case.timeline[case.facts_number - 1].at,
    )


def _from_facts(facts: Facts, zone: tzinfo, voice: Voice) -> dict[int, str]:
    """Return what stated facts say, for the questions on which they say something."""
    people = facts.populations
    confirmed = sum(each.people for each in people)
    upper = sum(each.people if each.people_upper is None else each.people_upper for each in people)
    if not upper:
        return {}
    said = {1: voice.say("{confirmed} confirmed, at most {upper}.", confirmed=confirmed, upper=upper)}
    fields = _counted(people, lambda each: each.fields, lambda label: field_words(label, voice), voice)
    countries = _counted(people, lambda each: (each.country,), lambda code: voice.country(printable(code)), voice)
    entities = _counted(people, lambda each: (each.entity,), printable, voice)
    accounts = _counted(people, lambda each: (each.account,), lambda name: account_words(name, voice), voice)
    if fields:
        said[3] = voice.sentence(fields)
    said[4] = voice.chain(" ", [voice.sentence(countries), voice.say("Under {entities}.", entities=entities)])
    if any(each.account for each in people):
        said[5] = voice.sentence(accounts)
    if facts.shown_to:
        viewers = voice.listed([viewer_kind_words(kind, 2, voice) for kind in facts.shown_to])
        said[6] = voice.begin(voice.sentence(viewers))
    if facts.began_at is not None or facts.ended_at is not None:
        unknown = voice.say("an unknown time")
        said[7] = voice.say(
            "From {began} to {ended}.",
            began=moment(facts.began_at, zone) if facts.began_at else unknown,
            ended=moment(facts.ended_at, zone) if facts.ended_at else unknown,
        )
    return said


def _counted(
    people: Iterable[Population],
    keys: Callable[[Population], Iterable[str]],
    named: Callable[[str], str],
    voice: Voice,
) -> str:
    counts: dict[str, int] = {}
    for each in people:
        for key in keys(each):
            counts[key] = counts.get(key, 0) + each.people
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    words = [
        voice.say("{name} {number}", name=named(key) if key else voice.say("not known"), number=count)
        for key, count in ordered[:_MOST_NAMED]
    ]
    if len(ordered) > len(words):
        words.append(voice.say("{count} more", count=len(ordered) - len(words)))
    return voice.listed(words)


# 9: opened again


def _opened_again(case: Case, zone: tzinfo, voice: Voice) -> _Said | None:
    if not case.reopened:
        return None
    last = case.reopened[-1]
    return _Said(
        words=voice.say(
            "The case was opened again at {at}: what was called fixed is not taken as fixed.",
            at=moment(last.at, zone, seconds=False),
        ),
        confidence="unknown",
        entries=tuple(each.number for each in case.reopened),
        changed_at=last.at,
    )


# 12: authorities


def _authorities(case: Case, audience: Audience, zone: tzinfo, voice: Voice) -> _Said | None:
    if case.decided is None and not case.reports:
        return None
    sent = [report for report in case.reports if report.sent is not None]
    parts = [_sent_words(report, zone, voice) for report in sent]
    to_tell = [state for state in case.duties if state.duty.duty is DutyKind.NOTIFY_AUTHORITY and state.listed]
    accepted = [state for state in to_tell if state.state == "accepted" and state.met_at is None]
    waiting = [state for state in to_tell if state.state == "proposed" and state.duty.outcome is Outcome.TRIGGERED]
    asked = [state for state in to_tell if state.state == "proposed" and state.duty.outcome is Outcome.ASK]
    if accepted and audience != "public":
        told = _to_tell(case, accepted, audience, zone, voice, most=_MOST_NAMED)
        parts.append(voice.say("Still to be told: {authorities}.", authorities=told))
    if waiting and audience == "internal":
        told = _to_tell(case, waiting, audience, zone, voice, most=_MOST_UNDECIDED)
        parts.append(voice.say("The engine says yes and nobody decided yet: {authorities}.", authorities=told))
    if asked and audience == "internal":
        told = _to_tell(case, asked, audience, zone, voice, most=_MOST_UNDECIDED)
        parts.append(voice.say("A human answer is needed first: {authorities}.", authorities=told))
    if not sent:
        parts.insert(0, voice.say("No authority was told yet."))
    numbers = [report.sent.number for report in sent if report.sent] + ([case.decided_number] if case.decided else [])
    undecided = bool(waiting or asked)
    return _Said(
        words=voice.chain(" ", parts),
        confidence="possible" if undecided else "confirmed",
        entries=tuple(sorted(numbers)),
        changed_at=max(case.timeline[each - 1].at for each in numbers) if numbers else case.reports[-1].drafted.at,
    )


def _sent_words(report: Report, zone: tzinfo, voice: Voice) -> str:
    parts = [
        voice.say(
            "{what} at {at}", what=voice.say(PHASES[report.phase.value]), at=moment(report.sent_at, zone, seconds=False)
        )
    ]
    if report.receipt:
        parts.append(voice.say("file number {number}", number=printable(report.receipt)))
    if report.state == "withdrawn":
        parts.append(voice.say("withdrawn since"))
    told = voice.sentence(voice.chain(", ", parts))
    return voice.say("{addressee}: {told}", addressee=printable(report.addressee), told=told)


def _to_tell(case: Case, states: list[DutyState], audience: Audience, zone: tzinfo, voice: Voice, *, most: int) -> str:
    """Say whom to tell, for which company, until when, and how far the report is; what ends first comes first."""
    never = datetime.max.replace(tzinfo=UTC)
    told = [
        voice.apart(_one_to_tell(case, state, audience, zone, voice))
        for state in sorted(states, key=lambda one: _due(one) or never)
    ]
    shown = list(dict.fromkeys(told))
    if len(shown) > most + 1:
        shown = [*shown[:most], voice.say("{count} more", count=len(shown) - most)]
    return voice.chain("; ", shown)


def _one_to_tell(case: Case, state: DutyState, audience: Audience, zone: tzinfo, voice: Voice) -> str:
    duty, due = state.duty, _due(state)
    names = [printable(name) for name in duty.addressees[:1]]
    if not names:
        place = voice.place(duty.jurisdiction, duty.jurisdiction_name)
        names = [voice.say("the authority of {place}", place=place)]
    if len(duty.addressees) > 1:
        names.append(voice.say("{count} more", count=len(duty.addressees) - 1))
    words = voice.say("{authority} ({company})", authority=voice.listed(names), company=_company(case, duty.entity))
    if due is not None:
        words = voice.say("{who}, until {at}", who=words, at=moment(due, zone, seconds=False))
    if audience != "internal":
        return words
    return voice.say("{who}: {report}", who=words, report=_report_words(case, state, voice))


def _due(state: DutyState) -> datetime | None:
    return state.duty.deadline.due_at if state.duty.deadline is not None else None


def _company(case: Case, entity: str) -> str:
    known = case.facts.entities if case.facts is not None else ()
    return printable(next((each.name for each in known if each.id == entity and each.name), entity))


def _report_words(case: Case, state: DutyState, voice: Voice) -> str:
    """Say how far the last report on a duty is."""
    report = next((each for each in reversed(case.reports) if state.ref in each.duties), None)
    if report is None:
        return voice.say("no report yet")
    return voice.say(REPORT_STATES[report.state], report=printable(report.report))


# 13 and 14: people


def _people(case: Case, audience: Audience, zone: tzinfo, voice: Voice) -> _Said | None:
    approved, told = _approved(case, audience, zone, voice), _people_told(case, zone, voice)
    if approved is None or told is None:
        return approved or told
    return _Said(
        words=voice.chain(" ", [approved.words, told.words]),
        confidence="possible",
        entries=tuple(sorted({*approved.entries, *told.entries})),
        changed_at=max(approved.changed_at, told.changed_at),
    )


def _approved(case: Case, audience: Audience, zone: tzinfo, voice: Voice) -> _Said | None:
    """Say how many notices two people let go out. That they left, and reached anybody, is not said by it."""
    plans = {each.mailing: each for each in case.mailings if each.doing is MailingAct.SEND}  # The last of each mailing.
    if audience != "internal" or not plans:
        return None
    last = max(plans.values(), key=lambda plan: plan.second.number)
    return _Said(
        words=voice.several(
            "{count} notice was approved by two people, the last at {at}.",
            "{count} notices were approved by two people, the last at {at}.",
            sum(plan.notices for plan in plans.values()),
            at=moment(last.at, zone, seconds=False),
        ),
        confidence="possible",
        entries=tuple(sorted(plan.second.number for plan in plans.values())),
        changed_at=last.at,
    )


def _people_told(case: Case, zone: tzinfo, voice: Voice) -> _Said | None:
    if not case.told:
        return None
    people = sum(each.people for each in case.told)
    last = case.told[-1]
    return _Said(
        words=voice.chain(
            " ",
            [
                voice.several(
                    "{count} person was told, the last at {at}.",
                    "{count} people were told, the last at {at}.",
                    people,
                    at=moment(last.told_at, zone, seconds=False),
                ),
                voice.say(
                    "Whether one message is genuine, customer care answers from the affected list, by customer id only."
                ),
            ],
        ),
        confidence="possible",
        entries=tuple(each.by.number for each in case.told),
        changed_at=last.by.at,
    )


def _protections(case: Case, audience: Audience, zone: tzinfo, voice: Voice) -> _Said | None:
    shown = [each for each in case.protections if each.public or audience != "public"]
    if not shown:
        return None
    words = []
    for each in shown:
        done = printable(each.words.strip()).rstrip(".")
        words.append(
            voice.say("{done} (since {at})", done=done, at=moment(each.since, zone, seconds=False))
            if each.since
            else voice.say("{done} (planned)", done=done)
        )
    return _Said(
        words=voice.sentence(voice.chain("; ", words)),
        confidence="confirmed" if all(each.since for each in shown) else "possible",
        entries=tuple(each.by.number for each in shown),
        changed_at=shown[-1].by.at,
    )


def aware_words(case: Case, zone: tzinfo = UTC) -> str:
    """Return since when the company counts as aware, who signed that, and what still waits."""
    if case.aware is not None:
        signed = f"{case.aware.first.actor} and {case.aware.second.actor}"
        text = f"{moment(case.aware.aware_at, zone)}, signed by {signed} (entry {case.aware.second.number})."
        if case.earlier_aware:
            before = listed([moment(each.aware_at, zone) for each in case.earlier_aware])
            text += f" Signed before: {before}."
        return text
    waiting = next((proposal for proposal in case.proposals if proposal.kind == "aware"), None)
    if waiting is not None:
        return (
            f"{moment(waiting.aware_at, zone)} is proposed by {waiting.by.actor} (entry {waiting.by.number}); "
            "another person must sign it. The law’s clock does not wait for that."
        )
    return "Unknown, because nobody proposed a time yet. Write down when somebody was first reasonably sure, and why."
