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

from spillkit.case.state import Case, DutyState, FigureRow, Report
from spillkit.law.decision import Outcome
from spillkit.law.facts import Facts, Population
from spillkit.law.rule import DutyKind
from spillkit.printed import printable
from spillkit.scope.audience import SMALLEST, for_audience
from spillkit.scope.cause_words import Confidence
from spillkit.scope.measurement import Audience, Measurement
from spillkit.scope.questions import QUESTIONS, READERS, Answer, answer_questions, viewer_kind_words
from spillkit.scope.words import count_of, country_name, listed, moment, number, percent

_MOST_NAMED = 6
_NOT_MEASURED = (
    "nothing was measured. Run spillkit scan and spillkit measure on the recordings, and keep every recording there is."
)
_NOT_STATED = "it is neither measured nor stated. Measure, or state the facts of this case."


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
    case: Case, measurement: Measurement | None = None, audience: Audience = "internal", zone: tzinfo = UTC
) -> tuple[Cell, ...]:
    """Return the fourteen cells.

    measurement  the case's last one, whole or cut down for this reader already; None: there is none
    zone         in which times are written
    """
    told = for_audience(measurement, audience) if measurement is not None else None
    measured = answer_questions(told, zone) if told is not None else (None,) * len(QUESTIONS)
    said = _what_the_case_says(case, audience, zone, is_measured=told is not None)
    digest = case.figure.digest if case.figure is not None else ""
    return tuple(
        _cell(case, place + 1, audience, by_measuring, said.get(place + 1), digest)
        for place, by_measuring in enumerate(measured)
    )


def _cell(
    case: Case, number_: int, audience: Audience, measured: Answer | None, said: _Said | None, digest: str
) -> Cell:
    """Put together what was measured and what the case says; nothing of both: unknown, because …"""
    readers = READERS[number_ - 1]
    stated_only = measured is None and said is None and case.facts is not None and number_ in _STATED
    if audience not in readers or (audience == "public" and stated_only):
        measured, said, empty = None, None, "Not part of this version."
    else:
        empty = f"Unknown, because {_why_unknown(number_)}"
    if said is not None and number_ not in _ADDED:
        measured = None
    words = [part.answer if isinstance(part, Answer) else part.words for part in (measured, said) if part is not None]
    evidence = [measured.evidence if measured else "", _entries_words(said.entries) if said else ""]
    times = [part.changed_at for part in (measured, said) if part is not None]
    last = said or measured
    return Cell(
        number=number_,
        question=QUESTIONS[number_ - 1],
        answer=" ".join(words) or empty,
        confidence=last.confidence if last else "unknown",
        evidence="; ".join(text for text in evidence if text),
        entries=said.entries if said else (),
        measurement=digest if measured and measured.coverage else "",
        coverage=measured.coverage if measured else "",
        changed_at=max(times) if times else None,
        readers=readers,
    )


_STATED = frozenset({1, 3, 4, 5, 6, 7})  # What facts may say where nothing was measured.
_ADDED = frozenset({1, 9})  # What the case says stands after what was measured, not instead of it.


def _entries_words(entries: tuple[int, ...]) -> str:
    if not entries:
        return ""
    shown = [str(entry) for entry in entries[:_MOST_NAMED]]
    more = [f"{len(entries) - len(shown)} more"] if len(entries) > len(shown) else []
    return f"{'entry' if len(entries) == 1 else 'entries'} {listed([*shown, *more])} of this case"


def _why_unknown(number_: int) -> str:
    match number_:
        case 1 | 2:
            return _NOT_MEASURED
        case 3 | 4 | 5 | 6 | 7:
            return _NOT_STATED
        case 8:
            return (
                "no cause was looked for. Run spillkit cause; keep the settings of caches and proxies as they are now."
            )
        case 9:
            return "nothing was checked after a repair. Record traffic after it, then run spillkit fix verify."
        case 10:
            return "no other incident was compared. Compare with spillkit compare."
        case 11:
            return "no access log of staff was looked at. Keep the logs of internal tools; confront nobody on numbers alone."
        case 12:
            return "no facts were stated, so no duty was looked at. State the facts, and let the engine decide."
        case 13:
            return "nobody was told from here. Until then let customer care answer from the affected list, by customer id only."
        case _:
            return "no protection is written down. Write down what is done to protect people, and since when."


def _what_the_case_says(case: Case, audience: Audience, zone: tzinfo, *, is_measured: bool) -> dict[int, _Said]:
    said = {
        1: _figures(case, audience, zone, is_measured=is_measured),
        9: _opened_again(case, zone),
        12: _authorities(case, audience, zone),
        13: _people_told(case, zone),
        14: _protections(case, audience, zone),
    }
    if not is_measured and case.facts is not None and audience != "public":  # Stated groups may be small.
        stated = {number_: _stated(case, words) for number_, words in _from_facts(case.facts, zone).items()}
        said = {number_: said.get(number_) or stated.get(number_) for number_ in range(1, len(QUESTIONS) + 1)}
    return {number_: each for number_, each in said.items() if each is not None}


# 1: figures, with every earlier one


def _figures(case: Case, audience: Audience, zone: tzinfo, *, is_measured: bool) -> _Said | None:
    row = case.figure
    if row is None:
        return None
    if audience == "public":
        return None if is_measured and not row.corrected else _public_figures(case, row)
    parts = []
    if not is_measured or row.corrected:
        parts.append(f"{'As corrected: ' if row.corrected else ''}{figure_words(row)}.")
        if row.corrected and audience == "internal":
            parts.append(f"Why: {printable(row.why)}")
    earlier = [f"{figure_words(each)} ({_when(case, each, zone)})" for each in case.figures[:-1]]
    if len(earlier) > _MOST_NAMED:
        earlier = [*earlier[:1], f"{len(earlier) - 2} more", earlier[-1]]
    if earlier:
        parts.append(f"Said before: {'; '.join(earlier)}.")
    if not parts:
        return None
    return _Said(
        words=" ".join(parts),
        confidence="confirmed" if row.figures.confirmed else "possible",
        entries=tuple(each.number for each in case.figures),
        changed_at=case.timeline[row.number - 1].at,
    )


def _public_figures(case: Case, row: FigureRow) -> _Said:
    """What everybody may read: no group of fewer than five people, and no earlier figure from which one could be worked out."""
    confirmed = row.figures.confirmed
    words = "Fewer than five." if confirmed is not None and confirmed < SMALLEST else f"{figure_words(row)}."
    return _Said(
        words=f"As corrected: {words}" if row.corrected else words,
        confidence="confirmed" if confirmed else "possible",
        entries=(row.number,),
        changed_at=case.timeline[row.number - 1].at,
    )


def figure_words(row: FigureRow) -> str:
    """Return figures in words: never one number where not everything was looked at."""
    figures = row.figures
    if figures.confirmed is None:
        return "number unknown" + (f", at most {number(figures.upper)}" if figures.upper is not None else "")
    parts = [f"{number(figures.confirmed)} confirmed"]
    if figures.possible:
        parts.append(f"{number(figures.possible)} more possible")
    if figures.estimate is not None and figures.estimate != figures.confirmed:
        parts.append(f"about {number(figures.estimate)} by estimate")
    if figures.upper is not None:
        parts.append(f"at most {number(figures.upper)}")
    elif not row.complete:
        parts.append("no upper bound known")
    if row.coverage is not None and row.coverage < 1:
        parts.append(f"{percent(row.coverage)} looked at")
    return ", ".join(parts)


def _when(case: Case, row: FigureRow, zone: tzinfo) -> str:
    return moment(case.timeline[row.number - 1].at, zone, seconds=False)


# 3 to 7: as stated, where nothing was measured


def _stated(case: Case, words: str) -> _Said:
    return _Said(
        words=f"{words} As stated, not measured.",
        confidence="possible",
        entries=(case.facts_number,),
        changed_at=case.timeline[case.facts_number - 1].at,
    )


def _from_facts(facts: Facts, zone: tzinfo) -> dict[int, str]:
    """Return what stated facts say, for the questions on which they say something."""
    people = facts.populations
    confirmed = sum(each.people for each in people)
    upper = sum(each.people if each.people_upper is None else each.people_upper for each in people)
    if not upper:
        return {}
    said = {1: f"{number(confirmed)} confirmed, at most {number(upper)}."}
    fields = _counted(people, lambda each: each.fields, printable)
    countries = _counted(people, lambda each: (each.country,), lambda code: country_name(printable(code)))
    entities = _counted(people, lambda each: (each.entity,), printable)
    accounts = _counted(people, lambda each: (each.account,), lambda name: printable(name) or "not known")
    if fields:
        said[3] = f"{fields}."
    said[4] = f"{countries}. Under {entities}."
    if any(each.account for each in people):
        said[5] = f"{accounts}."
    if facts.shown_to:
        said[6] = f"{listed([viewer_kind_words(kind, 2) for kind in facts.shown_to])}.".capitalize()
    if facts.began_at is not None or facts.ended_at is not None:
        began = moment(facts.began_at, zone) if facts.began_at else "an unknown time"
        ended = moment(facts.ended_at, zone) if facts.ended_at else "an unknown time"
        said[7] = f"From {began} to {ended}."
    return said


def _counted(
    people: Iterable[Population], keys: Callable[[Population], Iterable[str]], named: Callable[[str], str]
) -> str:
    counts: dict[str, int] = {}
    for each in people:
        for key in keys(each):
            counts[key] = counts.get(key, 0) + each.people
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    words = [f"{named(key)} {number(count)}" for key, count in ordered[:_MOST_NAMED]]
    return listed([*words, f"{len(ordered) - len(words)} more"] if len(ordered) > len(words) else words)


# 9: opened again


def _opened_again(case: Case, zone: tzinfo) -> _Said | None:
    if not case.reopened:
        return None
    last = case.reopened[-1]
    return _Said(
        words=f"The case was opened again at {moment(last.at, zone, seconds=False)}: what was called fixed is not taken as fixed.",
        confidence="unknown",
        entries=tuple(each.number for each in case.reopened),
        changed_at=last.at,
    )


# 12: authorities


def _authorities(case: Case, audience: Audience, zone: tzinfo) -> _Said | None:
    if case.decided is None and not case.reports:
        return None
    sent = [report for report in case.reports if report.sent is not None]
    parts = [_sent_words(report, zone) for report in sent]
    to_tell = [state for state in case.duties if state.duty.duty is DutyKind.NOTIFY_AUTHORITY and state.listed]
    accepted = [state for state in to_tell if state.state == "accepted" and state.met_at is None]
    waiting = [state for state in to_tell if state.state == "proposed" and state.duty.outcome is Outcome.TRIGGERED]
    asked = [state for state in to_tell if state.state == "proposed" and state.duty.outcome is Outcome.ASK]
    if accepted and audience != "public":
        parts.append(f"Still to be told: {_laws(accepted)}.")
    if waiting and audience == "internal":
        parts.append(f"The engine says yes and nobody decided yet: {_laws(waiting)}.")
    if asked and audience == "internal":
        parts.append(f"A human answer is needed first: {_laws(asked)}.")
    if not sent:
        parts.insert(0, "No authority was told yet.")
    numbers = [report.sent.number for report in sent if report.sent] + ([case.decided_number] if case.decided else [])
    undecided = bool(waiting or asked)
    return _Said(
        words=" ".join(parts),
        confidence="possible" if undecided else "confirmed",
        entries=tuple(sorted(numbers)),
        changed_at=max(case.timeline[each - 1].at for each in numbers) if numbers else case.reports[-1].drafted.at,
    )


def _sent_words(report: Report, zone: tzinfo) -> str:
    what = {"first": "first report", "follow-up": "follow-up", "withdrawal": "withdrawal"}[report.phase.value]
    withdrawn = ", withdrawn since" if report.state == "withdrawn" else ""
    number_ = f", file number {printable(report.receipt)}" if report.receipt else ""
    return (
        f"{printable(report.addressee)}: {what} at {moment(report.sent_at, zone, seconds=False)}{number_}{withdrawn}."
    )


def _laws(states: list[DutyState]) -> str:
    named = list(dict.fromkeys(printable(state.duty.citation) for state in states))
    shown = named[:_MOST_NAMED]
    return "; ".join([*shown, f"{len(named) - len(shown)} more"] if len(named) > len(shown) else shown)


# 13 and 14: people


def _people_told(case: Case, zone: tzinfo) -> _Said | None:
    if not case.told:
        return None
    people = sum(each.people for each in case.told)
    last = case.told[-1]
    return _Said(
        words=f"{count_of(people, 'person was', 'people were')} told, the last at {moment(last.told_at, zone, seconds=False)}. "
        "Whether one message is genuine, customer care answers from the affected list, by customer id only.",
        confidence="possible",
        entries=tuple(each.by.number for each in case.told),
        changed_at=last.by.at,
    )


def _protections(case: Case, audience: Audience, zone: tzinfo) -> _Said | None:
    shown = [each for each in case.protections if each.public or audience != "public"]
    if not shown:
        return None
    words = []
    for each in shown:
        since = f" (since {moment(each.since, zone, seconds=False)})" if each.since else " (planned)"
        words.append(printable(each.words.strip()).rstrip(".") + since)
    return _Said(
        words="; ".join(words) + ".",
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
