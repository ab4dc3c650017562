"""Decide what a report to an authority says.

In:    Inputs: the rule, the facts and the decision on them, the measurement, what people say, the reports before, the time.
Out:   Made: the Report, and notes for the officer that are not part of it. The same inputs give the same report.
Else:  each section is `sections`, what changed is `changes`, JSON and pages are `canonical`, `page` and `pdf`. Nothing is sent.

Source  GDPR Art. 33(1) (reasons for delay), 33(3) (content), 33(4) (phases); for other laws the list of their rule.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

import msgspec

from spillkit import __version__
from spillkit.authority.canonical import digest_of
from spillkit.authority.changes import find_changes, with_history
from spillkit.authority.edpb import template_fields
from spillkit.authority.figures import add_up
from spillkit.authority.material import Material, one_line, paragraphs
from spillkit.authority.phrases import LANGUAGES, phrases
from spillkit.authority.report import Clock, Earlier, Law, Open, Phase, Report, Section, State
from spillkit.authority.sections import company_of, write_section
from spillkit.authority.statement import Statement, check_statement
from spillkit.errors import ReportError
from spillkit.law.clocks import deadline
from spillkit.law.decision import Deadline, Duty, Outcome
from spillkit.law.facts import Facts
from spillkit.law.rule import DutyKind, Rule, Status
from spillkit.scope.audience import for_audience
from spillkit.scope.measurement import Measurement

# Where the books have a law's list in words only: what every law seen so far asks for.
USUAL_ITEMS = ("nature", "date", "kinds-of-data", "number-people", "consequences", "measures", "contact")
_WITHDRAWN_ITEMS = ("identity", "contact")


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is made of. Kept as it is, it gives the same report again, byte for byte."""

    rule: Rule
    jurisdiction: str  # code of the book
    law_digest: str
    law_zone: str  # in which the law counts days
    titles: dict[str, str]  # id of content.toml -> what the books call it
    facts: Facts
    entity: str  # id in the facts
    statement: Statement
    made_at: datetime
    phase: Phase = Phase.FIRST
    duty: Duty | None = None
    measurement: Measurement | None = None
    earlier: tuple[Report, ...] = ()  # oldest first
    language: str = "en"
    zone: str = "UTC"  # in which times are written
    is_word_signed: bool = False  # the case holds a signed decision on the word
    sources: tuple[str, ...] = ()
    tool: str = f"spillkit {__version__}"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A report, and what the officer should know about it."""

    report: Report
    notes: tuple[str, ...]


def make_report(inputs: Inputs) -> Made:
    """Return the report that these inputs make.

    Raises  ReportError if none can be made: a rule about telling people, a follow-up without a first report, a naive time
    """
    _check(inputs)
    said, zone = phrases(inputs.language), _zone(inputs.zone)
    made_at = inputs.made_at.astimezone(UTC).replace(microsecond=0)
    clock = _clock(inputs, made_at)
    material = Material(
        rule=inputs.rule,
        facts=inputs.facts,
        entity=inputs.entity,
        figures=add_up(inputs.facts, inputs.entity),
        duty=inputs.duty,
        measurement=for_audience(inputs.measurement, "authority") if inputs.measurement is not None else None,
        statement=inputs.statement,
        phase=inputs.phase,
        clock=clock,
        made_at=made_at,
        phrases=said,
        zone=zone,
    )
    last = inputs.earlier[-1] if inputs.earlier else None
    items = _WITHDRAWN_ITEMS if inputs.phase is Phase.WITHDRAWAL else items_of(inputs.rule)
    written = with_history(
        tuple(write_section(item, material, title=inputs.titles.get(item, "")) for item in items), last
    )
    why = {item: " ".join(paragraphs(each.because)) for item, each in inputs.statement.changed.items()}
    still_open = _open(written, material)
    company = company_of(material)
    report = Report(
        tool=inputs.tool,
        language=inputs.language,
        zone=inputs.zone,
        word="breach" if inputs.is_word_signed else "incident",
        phase=inputs.phase,
        sequence=len(inputs.earlier) + 1,
        is_complete=not still_open,
        made_at=made_at,
        incident=one_line(inputs.facts.incident),
        reference=one_line(inputs.statement.reference),
        entity=one_line(inputs.entity),
        company=company,
        to=_addressees(inputs),
        law=_law(inputs),
        clock=clock,
        withdrawn_because=material.prose(inputs.statement.withdrawn_because)
        if inputs.phase is Phase.WITHDRAWAL
        else None,
        open=still_open,
        changes=find_changes(written, last, said, why),
        earlier=_earlier(inputs),
        sections=written,
        template=template_fields(material, len(inputs.earlier) + 1, is_open=bool(still_open))
        if inputs.jurisdiction == "EU" and "categories-people" in inputs.rule.content.items
        else (),
        sources=tuple(one_line(source) for source in inputs.sources),
    )
    return Made(report=report, notes=_notes(inputs, report))


def items_of(rule: Rule) -> tuple[str, ...]:
    """Return what a report under this rule says, in the order of its list, without what the law forbids."""
    listed = dict.fromkeys(rule.content.items or USUAL_ITEMS)
    return tuple(item for item in listed if item not in rule.content.forbidden)


def _check(inputs: Inputs) -> None:
    rule = inputs.rule
    if rule.duty is DutyKind.TELL_PEOPLE:
        raise ReportError(
            f"{rule.id} is about telling the people concerned, not an authority. Name a rule with an addressee."
        )
    if inputs.language not in LANGUAGES:
        raise ReportError(f"The language of a report is one of {', '.join(LANGUAGES)}. Choose one of these.")
    if inputs.made_at.tzinfo is None:
        raise ReportError("The time of the report has no zone. Write it with its offset, as 2026-11-22T09:00:00+01:00.")
    if inputs.phase is Phase.FIRST and inputs.earlier:
        raise ReportError(
            "There is an earlier report, so this is not the first one. Make it a follow-up, or a withdrawal."
        )
    if inputs.phase is not Phase.FIRST and not inputs.earlier:
        raise ReportError(f"A {inputs.phase} report needs the one before it. Name its JSON, or make it the first one.")
    if inputs.entity and all(each.id != inputs.entity for each in inputs.facts.entities):
        raise ReportError("The facts have no legal entity of this id. Name one that they have.")
    if not inputs.entity and len(inputs.facts.entities) > 1:
        raise ReportError(
            f"The facts have {len(inputs.facts.entities)} legal entities, and each reports for itself. Name one of them."
        )
    for number, before in enumerate(inputs.earlier, 1):
        same = (before.incident, before.entity) == (one_line(inputs.facts.incident), one_line(inputs.entity))
        if not same or before.law.jurisdiction != inputs.jurisdiction:
            raise ReportError(
                f"Earlier report {number} is about another incident, legal entity or jurisdiction. Name those of this one."
            )
        if before.phase is Phase.WITHDRAWAL:
            raise ReportError(
                f"Earlier report {number} withdrew the reports before it. Begin again with a first report."
            )
    times = [before.made_at for before in inputs.earlier] + [inputs.made_at]
    if times != sorted(times):
        raise ReportError("A report would be older than the one before it. Put them in order, and check the clock.")
    facts = inputs.facts
    for at in (facts.began_at, facts.ended_at, *(milestone.at for milestone in facts.milestones.values())):
        if at is not None and at.tzinfo is None:
            raise ReportError(
                "A time in the facts has no zone. Write it with its offset, as 2026-11-20T17:20:00+01:00."
            )
    check_statement(inputs.statement)


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ReportError("There is no such time zone here. Name one like Europe/Rome, or UTC.") from error


def _clock(inputs: Inputs, made_at: datetime) -> Clock:
    """How the first report stands to its clock: a follow-up is not late because the clock has run out since."""
    milestones = inputs.facts.milestones
    found: Deadline | None = inputs.duty.deadline if inputs.duty is not None else None
    if found is None:
        moments: Mapping[str, datetime] = {name: each.at for name, each in milestones.items()}
        found = deadline(inputs.rule.clock, moments, inputs.law_zone)
    first = made_at
    if inputs.earlier:
        sent = inputs.statement.sent
        first = (sent[0].at if sent else inputs.earlier[0].made_at).astimezone(UTC)
    start = milestones.get(found.starts)
    return Clock(
        words=inputs.rule.clock.words,
        starts=found.starts,
        starts_at=found.starts_at,
        because=" ".join(paragraphs(start.because)) if start is not None else "",
        due_at=found.due_at,
        is_late=None if found.due_at is None else first > found.due_at,
        first_made_at=first,
    )


def _law(inputs: Inputs) -> Law:
    rule = inputs.rule
    return Law(
        rule=rule.id,
        jurisdiction=inputs.jurisdiction,
        duty=rule.duty,
        citation=inputs.duty.citation if inputs.duty is not None else f"{rule.instrument}, {rule.article}",
        words=rule.content.words,
        status=rule.source.status,
        not_confirmed=rule.source.not_confirmed,
        digest=inputs.law_digest,
    )


def _addressees(inputs: Inputs) -> tuple[str, ...]:
    if inputs.duty is not None and inputs.duty.addressees:
        return tuple(one_line(name) for name in inputs.duty.addressees)
    to = inputs.rule.to
    return (one_line(to.name),) if to is not None and to.name else ()


def _open(sections: tuple[Section, ...], material: Material) -> tuple[Open, ...]:
    said = []
    for section in sections:
        unknown = material.statement.unknown.get(section.item)
        for words in section.missing:
            said.append(
                Open(
                    item=section.item,
                    title=section.title,
                    words=words,
                    expected_on=unknown.expected_on if unknown is not None else None,
                )
            )
    if material.phase is Phase.WITHDRAWAL and not paragraphs(material.statement.withdrawn_because):
        because = material.phrases.say("open.because", because=material.phrases.say("open.not-established"))
        said.append(Open(item="withdrawn", title=material.phrases.say("frame.why"), words=because))
    return tuple(said)


def _earlier(inputs: Inputs) -> tuple[Earlier, ...]:
    sent = inputs.statement.sent
    return tuple(
        Earlier(
            phase=before.phase,
            made_at=before.made_at,
            digest=digest_of(before),
            sent_at=sent[place].at.astimezone(UTC) if place < len(sent) else None,
            reference=one_line(sent[place].reference) if place < len(sent) else "",
        )
        for place, before in enumerate(inputs.earlier)
    )


def _notes(inputs: Inputs, report: Report) -> tuple[str, ...]:
    """What the officer should know, and the authority is not told."""
    rule, content, said = inputs.rule, inputs.rule.content, []
    if inputs.duty is not None and inputs.duty.outcome is not Outcome.TRIGGERED:
        said.append(f"The decision on {rule.id} is: {inputs.duty.outcome}. Read its reasons before you report.")
    if inputs.duty is None:
        said.append(f"{rule.id} was not decided on these facts. Run spillkit decide first.")
    if rule.source.status is not Status.CONFIRMED or rule.source.not_confirmed:
        parts = "; ".join(rule.source.not_confirmed) or "its details"
        said.append(f"The row of {rule.id} is {rule.source.status}; not confirmed: {parts}. Check it at the source.")
    if not content.items:
        said.append(
            "What this law wants said is not known item by item; the usual items were taken. In words: "
            f"{content.words or 'nothing is on file'}."
        )
    left_out = [item for item in content.items if item in content.forbidden]
    if left_out:
        said.append(f"Left out, because the law forbids it: {', '.join(left_out)}.")
    others = [words for words in content.forbidden if words not in content.items]
    if others:
        said.append(f"The law forbids to say: {'; '.join(others)}. Read your own texts for it.")
    if content.headings:
        said.append(f"Prescribed headings, in this order: {'; '.join(content.headings)}.")
    if content.languages and inputs.language not in content.languages:
        said.append(f"Prescribed language: {', '.join(content.languages)}; this report is in {inputs.language}.")
    for words in dict.fromkeys((content.form, rule.to.how if rule.to is not None else "")):
        if words:
            said.append(f"Form: {words}.")
    if len(report.to) > 1:
        said.append(f"There are {len(report.to)} addressees; each gets the report.")
    if not report.to:
        said.append("Who is to be told is not settled: the addressee is missing.")
    named = next((each.name or each.id for each in inputs.facts.entities if each.id == inputs.entity), "")
    if inputs.statement.company.name not in ("", named):
        said.append(
            "Your statement names the company otherwise than the facts do. Check that it is the one that reports."
        )
    counted = sum(each.people for each in inputs.facts.populations)
    if inputs.measurement is not None and inputs.measurement.people.confirmed not in (None, counted):
        said.append(
            f"The facts count {counted:,} people and the measurement {inputs.measurement.people.confirmed:,}. "
            "Make the facts again from the measurement, or say why they differ."
        )
    if report.clock.is_late:
        said.append("It is later than the clock: the law asks for the reasons.")
    if inputs.statement.aware is not None and inputs.facts.milestones.get("aware") is None:
        said.append("The time of awareness in your statement is not in the facts; it starts no clock.")
    proposed = [section.item for section in report.sections if section.state is State.PROPOSED]
    if proposed:
        said.append(f"Proposals that nobody has taken as his own yet: {', '.join(proposed)}.")
    if report.open:
        said.append(f"{len(report.open)} open; each stands in front of the report.")
    places = [] if inputs.is_word_signed else _unsigned_words(report)
    if places:
        said.append(
            f"Your texts use a word that needs a signed decision first (in: {', '.join(places)}). Say what happened instead."
        )
    return tuple(one_line(note) if len(note) < 200 else " ".join(paragraphs(note)) for note in said)


def _unsigned_words(report: Report) -> list[str]:
    """Return the items whose texts, written by people, use a word that nobody has signed."""
    words = "|".join(phrases(language).say("unsigned.words") for language in LANGUAGES)
    pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
    found = []
    for section in report.sections:
        texts = list(section.prose.paragraphs) if section.prose is not None else []
        texts += [line.words for line in section.lines if line.code.startswith("measure-")]
        if any(pattern.search(text) for text in texts):
            found.append(section.item)
    if report.withdrawn_because is not None and any(
        pattern.search(text) for text in report.withdrawn_because.paragraphs
    ):
        found.append("withdrawn")
    return found
