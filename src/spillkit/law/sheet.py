"""Lay a decision out for a person who reads it at three in the morning: what is triggered, what must be answered, what is not.

In:    a Decided, the facts it was made of, the books.
Out:   lines of text, each with what kind of line it is.
Else:  printing and colours are the caller's; the chain itself is made in `words`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from spillkit.law.books import Books
from spillkit.law.clocks import zone_of
from spillkit.law.decision import Deadline, Decided, Duty, Flip, Outcome, Truth
from spillkit.law.facts import Facts
from spillkit.law.rule import DutyKind, Status
from spillkit.law.words import counted, question_words, why_not
from spillkit.printed import printable

DUTIES = {
    DutyKind.NOTIFY_AUTHORITY: "Tell the authority",
    DutyKind.TELL_PEOPLE: "Tell the people",
    DutyKind.TELL_OTHERS: "Tell others",
    DutyKind.KEEP_RECORD: "Keep a record",
    DutyKind.FOLLOW_UP: "Follow up",
}
_MARKS = {Truth.YES: "✓", Truth.NO: "✗", Truth.UNKNOWN: "?"}
_NOT_BECAUSE = {  # kind of the link at which the chain broke -> heading
    "data": "The data shown is not of the kinds they name",
    "nobody": "Nobody of this company is among those affected",
    "people": "Fewer people than they need, or nobody whom they count",
    "answer": "An answer says no",
    "exemption": "An exemption was claimed",
    "account": "Only business contact data, which they leave outside",
    "place": "Nobody whom they count lives there",
    "sector": "They bind other kinds of company",
    "force": "They are not in force on that day",
}
_MOST_FLIPS = 6


class Line(NamedTuple):
    """One line. kind: heading | main | detail | quiet | unsure | blank."""

    kind: str
    text: str


def lay_out(decided: Decided, facts: Facts, books: Books, *, asked_with: str) -> Iterator[Line]:
    """Lay out a decision, the most urgent first.

    asked_with  how the command was called, "spillkit decide facts.toml", for the hints
    """
    everybody = sum(one.people for one in facts.populations)
    most = sum(one.people if one.people_upper is None else one.people_upper for one in facts.populations)
    yield Line("main", f"Incident {facts.incident}: {counted(everybody, most)}. Judged by the law of {decided.law_on}.")
    for note in decided.notes:
        yield Line("unsure", f"Note: {note}")
    by_outcome = {outcome: [duty for duty in decided.duties if duty.outcome is outcome] for outcome in Outcome}
    yield from _triggered(by_outcome[Outcome.TRIGGERED], decided, facts)
    yield from _asked(decided, by_outcome, facts, books)
    yield from _not_triggered(by_outcome[Outcome.NOT_TRIGGERED])
    if decided.severity is not None:
        yield from _heading("Severity")
        yield Line("main", decided.severity.words)
        for factor in decided.severity.factors:
            value = f"{factor.value:g}" + (f" to {factor.value_upper:g}" if factor.value_upper is not None else "")
            yield Line("detail", f"{factor.name} {value}: {factor.because}" + _not_confirmed(factor.not_confirmed))
        if decided.severity.flags:
            yield Line("detail", f"Flags: {'; '.join(decided.severity.flags)}")
    yield Line("blank", "")
    yield Line("quiet", f"Why, link by link, and what would change it: {asked_with} --why RULE")
    yield Line("main", decided.words)


def lay_out_why(decided: Decided, rule: str, facts: Facts, books: Books) -> Iterator[Line]:
    """Lay out the chain of one rule for every company it was looked at for."""
    duties = [duty for duty in decided.duties if duty.rule == rule]
    if not duties:
        book = books.jurisdictions[books.code_of[rule]]
        yield Line(
            "main",
            f"{rule} was not looked at: nobody in these facts lives in {book.name}, and no company is known to be "
            "established there.",
        )
        return
    for duty in duties:
        yield from _heading(f"{duty.rule}: {DUTIES[duty.duty]}, {duty.jurisdiction_name}, {_entity(duty, facts)}")
        yield Line("main", f"{duty.outcome.capitalize()}. {_people(duty)}")
        yield Line("detail", duty.citation)
        yield from _unsure(duty)
        for reason in duty.reasons:
            yield Line("main", f"{_MARKS[reason.holds]} {reason.condition}")
            yield Line("detail", f"  {reason.because}. ({reason.source})")
        if duty.deadline is not None:
            yield Line("main", f"Until when: {_until(duty.deadline, decided.decided_at, _zone(duty, facts))}")
            yield Line("detail", f"  {duty.deadline.words}")
            yield from _contested(duty.deadline)
        if duty.addressees:
            yield Line("main", f"To: {_to(duty)}")
        if duty.order:
            yield Line("detail", f"Order: {duty.order}")
        if duty.note:
            yield Line("detail", duty.note)
        yield Line(
            "main", "What single further fact would change it:" if duty.flips else "No single fact would change it."
        )
        for flip in duty.flips:
            yield Line("detail", f"  {flip.words}: then {flip.to}")
    yield Line("blank", "")
    yield Line("main", decided.words)


def _triggered(duties: Sequence[Duty], decided: Decided, facts: Facts) -> Iterator[Line]:
    yield from _heading(
        _number(len(duties), "duty is", "duties are") + " triggered" if duties else "Nothing is triggered"
    )
    for duty in duties:
        yield Line("main", f"{DUTIES[duty.duty]}: {duty.jurisdiction_name}{_of_entity(duty, facts)}  [{duty.rule}]")
        if duty.deadline is not None:
            yield Line("detail", _until(duty.deadline, decided.decided_at, _zone(duty, facts)))
            yield from _contested(duty.deadline)
        if duty.addressees:
            yield Line("detail", f"to {_to(duty)}")
        yield Line("detail", f"{_people(duty)} {duty.citation}")
        if duty.order:
            yield Line("detail", f"Order: {duty.order}")
        yield from _unsure(duty)
        if away := [flip for flip in duty.flips if flip.to is Outcome.NOT_TRIGGERED]:
            yield Line("quiet", f"would fall away with: {_flips(away)}")


def _asked(decided: Decided, by_outcome: dict[Outcome, list[Duty]], facts: Facts, books: Books) -> Iterator[Line]:
    if not decided.questions:
        return
    hang = Counter[str]()
    first: dict[str, Duty] = {}
    where: dict[str, list[str]] = {}
    for duty in (*by_outcome[Outcome.TRIGGERED], *by_outcome[Outcome.ASK]):
        asked = {reason.question for reason in duty.reasons if reason.question and reason.kind != "exemption"}
        if duty.deadline is not None and duty.deadline.starts_at is None:
            asked.add(f"when@{duty.deadline.starts}")
        for question in asked & set(decided.questions):
            hang[question] += 1
            first.setdefault(question, duty)
            where.setdefault(question, []).append(duty.jurisdiction)
    yield from _heading(
        _number(len(decided.questions), "question waits", "questions wait")
        + f" for an answer; {_number(len(by_outcome[Outcome.ASK]), 'duty hangs', 'duties hang')} on them"
    )
    for question in decided.questions:
        yield Line("main", f"{question_words(question, facts, books)}  [{question}]")
        if hang[question]:
            codes = ", ".join(dict.fromkeys(where[question]))
            yield Line("detail", f"{_number(hang[question], 'duty', 'duties')}: {codes}")
            ends = first[question].deadline
            if ends is not None and ends.due_at is not None:
                yield Line(
                    "detail",
                    f"the earliest, if it is triggered: {_until(ends, decided.decided_at, _zone(first[question], facts))}",
                )
        kind, at, _ = question.partition("@")
        if not at and kind in books.questions:
            if books.questions[kind].help:
                yield Line("quiet", books.questions[kind].help)
            yield Line("quiet", f"answer: --answer {kind}=yes or --answer {kind}=no")
        elif kind == "when":
            yield Line("quiet", "answer: --aware 2026-11-22T03:40:00+01:00 --aware-because “…”, when it is signed")


def _not_triggered(duties: Sequence[Duty]) -> Iterator[Line]:
    if not duties:
        return
    yield from _heading(f"{_number(len(duties), 'rule does', 'rules do')} not apply")
    groups: dict[str, list[Duty]] = {}
    for duty in duties:
        groups.setdefault(why_not(duty).kind, []).append(duty)
    for kind, group in sorted(groups.items(), key=lambda item: -len(item[1])):
        yield Line("main", f"{_NOT_BECAUSE.get(kind, 'Other reasons')}: {len(group)}")
        yield Line("quiet", ", ".join(dict.fromkeys(duty.rule for duty in group)))


def _heading(text: str) -> Iterable[Line]:
    return Line("blank", ""), Line("heading", text)


def _until(ends: Deadline, now: datetime, zone: str = "UTC") -> str:
    """Say when a clock ends; `zone` is the one in which the company's people read clocks."""
    if ends.due_at is None:
        if ends.starts_at is None and ends.starts:
            return f"{_first(ends.words)}; the clock has not started"
        return _first(ends.words)
    left = ends.due_at - now
    due = ends.due_at.astimezone(UTC)
    zones: dict[str, str] = {}  # the same time on the wall is told once, by the company's zone
    for name in (zone, ends.zone):
        if name != "UTC":
            zones.setdefault(_moment(due.astimezone(zone_of(name))), name)
    there = f" ({'; '.join(f'{at} in {name}' for at, name in zones.items())})" if zones else ""
    rest = f"{_span(left)} left" if left > timedelta(0) else f"PASSED {_span(-left)} ago"
    return f"until {_moment(due)} UTC{there}: {rest}"


def _moment(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b %Y %H:%M}" + (f":{moment:%S}" if moment.second else "")


def _span(span: timedelta) -> str:
    """Say a span in its two largest units.

    >>> _span(timedelta(days=1, hours=13, minutes=5)), _span(timedelta(minutes=61)), _span(timedelta(seconds=3))
    ('1 d 13 h', '1 h 1 min', '0 min')
    """
    minutes = int(span.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _contested(ends: Deadline) -> Iterator[Line]:
    for later in ends.contested:
        yield Line(
            "quiet", f"argued, not sure: {_moment(later.due_at.astimezone(UTC))} UTC. {later.words} Do not count on it."
        )


def _unsure(duty: Duty) -> Iterator[Line]:
    if duty.status is not Status.CONFIRMED:
        yield Line("unsure", f"{duty.status.value.upper()}: have counsel check this row before you rely on it")
    if duty.not_confirmed:
        yield Line("unsure", f"NOT CONFIRMED in this row: {'; '.join(duty.not_confirmed)}")


def _not_confirmed(words: str) -> str:
    return f" (not confirmed: {words})" if words else ""


def _people(duty: Duty) -> str:
    words = counted(duty.people, duty.people_upper)
    return f"{words[:1].upper()}{words[1:]}."


def _to(duty: Duty) -> str:
    unsure = duty.unsure_names
    return "; ".join(f"{name} (name not confirmed)" if name in unsure else name for name in duty.addressees)


def _entity(duty: Duty, facts: Facts) -> str:
    named = next((entity.name for entity in facts.entities if entity.id == duty.entity), "")
    return printable(named or duty.entity)


def _zone(duty: Duty, facts: Facts) -> str:
    return next((entity.zone for entity in facts.entities if entity.id == duty.entity), "UTC")


def _of_entity(duty: Duty, facts: Facts) -> str:
    return f", {_entity(duty, facts)}" if len(facts.entities) > 1 else ""


def _flips(flips: Sequence[Flip]) -> str:
    more = f"; {len(flips) - _MOST_FLIPS} more" if len(flips) > _MOST_FLIPS else ""
    return "; ".join(flip.words for flip in flips[:_MOST_FLIPS]) + more


def _first(words: str) -> str:
    return words.partition(". ")[0]


def _number(number: int, one: str, many: str) -> str:
    return f"1 {one}" if number == 1 else f"{number:,} {many}"
