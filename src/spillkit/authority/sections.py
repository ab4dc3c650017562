"""Write the section to each item of a law's list.

In:    the material of one report, the id of an item.
Out:   a Section: what is known of it, what a person says, what is open and why. Nothing is invented.
Else:  which items a report has is the rule's list (`make`); words in six languages are `phrases`.

An item that is not named here has what a person says to it, or is open: a new item of content.toml works at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from spillkit.authority.material import Material, one_line, paragraphs
from spillkit.authority.proposals import likely_consequences
from spillkit.authority.report import Line, Party, Prose, Row, Section, State, Table
from spillkit.cause.incident import CauseClass, Incident
from spillkit.scope.measurement import FixProof, IncidentSummary

_MOST_TOGETHER = 20
_MOST_SIGNS = 5
_MOST_CAUSES = 10


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of one item."""

    lines: tuple[Line, ...] = ()
    tables: tuple[Table, ...] = ()
    missing: tuple[str, ...] = ()  # names of phrases
    prose: Prose | None = None
    not_needed: bool = False


def write_section(item: str, material: Material, *, title: str = "") -> Section:
    """Return the section to one item.

    item   id of content.toml
    title  what the books call it, for an item that has no title in the report's language
    """
    found = _BUILDERS.get(item, _nothing)(material)
    said = material.statement.say.get(item)
    if said is not None and (written := material.prose(said.words, by_person=True)) is not None:
        if said.proposed:
            written = Prose(paragraphs=written.paragraphs, by="proposal", language=written.language)
        found = replace(found, prose=written)
        if not _needs_more(item):
            found = replace(found, missing=())
    missing = [
        material.phrases.say("open.because", because=material.phrases.say(f"open.{why}")) for why in found.missing
    ]
    unknown = material.statement.unknown.get(item)
    if unknown is not None:
        because = " ".join(paragraphs(unknown.because)).removesuffix(".")
        missing = [
            material.phrases.say("open.because", because=because or material.phrases.say("open.not-established"))
        ]
    is_blank = not found.lines and not found.tables and found.prose is None
    if is_blank and not missing and not found.not_needed:
        missing = [material.phrases.say("open.because", because=material.phrases.say("open.not-established"))]
    if found.prose is not None and found.prose.by == "proposal":
        missing.append(
            material.phrases.say("open.because", because=material.phrases.say("open.not-confirmed-by-person"))
        )
    return Section(
        item=item,
        title=material.phrases.name("item", item, title),
        state=_state(found, is_blank, missing),
        prose=found.prose,
        lines=found.lines,
        tables=found.tables,
        missing=tuple(missing),
    )


def _state(found: _Found, is_blank: bool, missing: list[str]) -> State:
    if is_blank:
        return State.NOT_NEEDED if found.not_needed and not missing else State.OPEN
    if found.prose is not None and found.prose.by == "proposal":
        return State.PROPOSED
    if missing:
        return State.PARTLY
    return State.NOT_NEEDED if found.not_needed else State.KNOWN


def _needs_more(item: str) -> bool:
    """Whether a sentence alone does not settle the item: figures, times, measures, and the law's questions stay open."""
    return item not in (
        "nature",
        "cause",
        "consequences",
        "recipients",
        "prevention",
        "intruder",
        "publication",
        "told-people",
    )


def _nothing(material: Material) -> _Found:
    return _Found()


def _nature(material: Material) -> _Found:
    measurement, phrases = material.measurement, material.phrases
    lines = [material.words("kind", phrases.say("label.kind-confidentiality"))]
    if measurement is not None:
        ways = dict.fromkeys(finding.channel for finding in measurement.findings)
        if ways:
            named = phrases.joined(phrases.name("channel", way) for way in ways)
            lines.append(material.words("way", named))
        if measurement.answers_exposed:
            lines.append(material.count("answers-exposed", measurement.answers_exposed))
    if material.facts.intentional in ("yes", "no"):
        lines.append(material.words("on-purpose", phrases.say(f"label.{material.facts.intentional}")))
    return _Found(lines=tuple(lines), missing=() if material.figures.people.most else ("nobody-found",))


def _number_people(material: Material) -> _Found:
    return _Found(
        lines=(*_whole_incident(material), *_of_entity(material), *_of_law(material)),
        missing=_number_missing(material),
    )


def _whole_incident(material: Material) -> tuple[Line, ...]:
    measurement, phrases = material.measurement, material.phrases
    if measurement is None:
        both, facts = material.figures.people, material.facts
        lines = [material.count("confirmed", both.confirmed), material.count("at-most", both.most)]
        if facts.method:
            lines.append(material.words("method", facts.method, language=material.statement.language))
        if facts.coverage is not None:
            lines.append(material.words("looked-at", phrases.share(facts.coverage)))
        return tuple(lines)
    people = measurement.people
    lines = [material.count("confirmed", people.confirmed)]
    if people.possible:
        lines.append(material.count("possible", people.possible))
    if not people.complete and people.estimate is not None:
        lines.append(material.count("estimate", people.estimate))
    if not people.complete and people.interval_low is not None and people.interval_high is not None:
        low, high = phrases.number(people.interval_low), phrases.number(people.interval_high)
        label = phrases.say("label.between", level=phrases.share(people.level))
        lines.append(material.phrase("between", phrases.say("label.between-value", low=low, high=high), label=label))
    bound = people.upper_bound
    lines.append(
        material.words("at-most", phrases.say("label.no-bound")) if bound is None else material.count("at-most", bound)
    )
    lines.append(material.words("method", people.method, language="en"))
    coverage = measurement.coverage
    if coverage.share is not None:
        looked = phrases.say(
            "label.looked-at-value",
            looked=phrases.number(coverage.looked_at),
            known=phrases.number(coverage.known + coverage.lost),
            share=phrases.share(coverage.share),
        )
        lines.append(material.phrase("looked-at", looked))
    return tuple(lines)


def _of_entity(material: Material) -> tuple[Line, ...]:
    """The company's own share, where the incident is not its alone."""
    people = material.figures.people
    if all(each.entity == material.entity for each in material.facts.populations):
        return ()
    return (material.count("this-entity", people.confirmed), material.count("this-entity-most", people.most))


def _of_law(material: Material) -> tuple[Line, ...]:
    """Whom the law counts, where these are not all of the company's."""
    duty, people = material.duty, material.figures.people
    if duty is None or (duty.people, duty.people_upper) == (people.confirmed, people.most):
        return ()
    return (material.count("this-law", duty.people), material.count("this-law-most", duty.people_upper))


def _number_missing(material: Material) -> tuple[str, ...]:
    measurement = material.measurement
    if measurement is not None and measurement.people.confirmed is None:
        return ("nothing-measured",)
    if measurement is not None and measurement.people.upper_bound is None:
        return ("not-all-seen",)
    return () if material.figures.people.most else ("nobody-found",)


def _number_residents(material: Material) -> _Found:
    duty = material.duty
    if duty is None:
        return _Found()
    lines = [
        material.words("place", duty.jurisdiction_name, label=material.label("places")),
        material.count("confirmed", duty.people),
        material.count("at-most", duty.people_upper),
    ]
    return _Found(lines=tuple(lines), missing=_number_missing(material))


def _categories_people(material: Material) -> _Found:
    phrases, groups = material.phrases, material.figures.by_account
    rows = [
        (key or "unknown", phrases.name("account", key or "unknown", one_line(key)), pair)
        for key, pair in groups.items()
        if pair.most
    ]
    if not rows:
        return _Found(missing=("nobody-found",))
    missing = ("account-open",) if groups.get("") and groups[""].most else ()
    return _Found(tables=(material.table("accounts", "accounts", "account", rows),), missing=missing)


def _categories_records(material: Material) -> _Found:
    kinds = _kinds_of_data(material)
    sets = [(key, pair) for key, pair in material.figures.together.items() if pair.most]
    if len(sets) < 2:
        return kinds
    rows = [
        ("+".join(key), material.phrases.joined(material.phrases.name("field", kind) for kind in key), pair)
        for key, pair in sets[:_MOST_TOGETHER]
    ]
    more = len(sets) - len(rows)
    note = f"+ {material.phrases.number(more)}" if more > 0 else ""
    return replace(kinds, tables=(*kinds.tables, material.table("together", "together", "fields", rows, note)))


def _kinds_of_data(material: Material) -> _Found:
    rows = [
        (kind, material.phrases.name("field", kind), pair)
        for kind, pair in material.figures.by_field.items()
        if pair.most
    ]
    if not rows:
        return _Found(missing=("nobody-found",))
    return _Found(tables=(material.table("kinds", "kinds", "kind-of-data", rows),))


def _number_records(material: Material) -> _Found:
    records = material.figures.records
    lines = (
        material.count("confirmed", records.confirmed),
        material.count("at-most", records.most),
        material.words("method", material.phrases.say("label.records-note")),
    )
    return _Found(lines=lines, missing=() if records.most else ("nobody-found",))


def _date(material: Material) -> _Found:
    facts, measurement, phrases = material.facts, material.measurement, material.phrases
    lines: list[Line] = []

    def add(code: str, at: datetime | None) -> None:
        if at is not None:
            lines.append(material.time(code, at))

    seen_first = measurement.first_at if measurement is not None else None
    seen_last = measurement.last_at if measurement is not None else None
    add("began", facts.began_at if facts.began_at != seen_first else None)
    add("first-seen", seen_first)
    add("last-seen", seen_last)
    add("ended", facts.ended_at if facts.ended_at != seen_last else None)
    for summary in _incidents(material)[:1]:
        add("clean-before", summary.incident.onset.clean_before)
        add("clean-after", summary.incident.onset.clean_after)
    if (
        measurement is not None
        and measurement.coverage.first_at is not None
        and measurement.coverage.last_at is not None
    ):
        first, last = (
            phrases.moment(at, material.zone) for at in (measurement.coverage.first_at, measurement.coverage.last_at)
        )
        lines.append(material.phrase("recorded", phrases.say("label.recorded-value", first=first, last=last)))
    fix = _fix(material)
    goes_on = None if fix is None else bool(fix.replay_crossed or fix.later_exposed)
    if goes_on or (fix is not None and fix.proven):
        lines.append(material.words("ongoing", phrases.say("label.yes" if goes_on else "label.no")))
    if not any(line.at is not None for line in lines):
        return _Found(missing=("no-times",) if measurement is not None else ("not-established",))
    is_over = facts.ended_at is not None or (fix is not None and (fix.proven or goes_on))
    return _Found(lines=tuple(lines), missing=() if is_over else ("end-open",))


def _date_found(material: Material) -> _Found:
    lines: list[Line] = []
    for name in ("discovered", "aware"):
        milestone = material.facts.milestones.get(name)
        if milestone is not None:
            lines.append(material.time(name, milestone.at))
            if milestone.because:
                lines.append(
                    material.words(
                        "aware-because", " ".join(paragraphs(milestone.because)), language=material.statement.language
                    )
                )
    return _Found(lines=tuple(lines), missing=() if lines else ("no-aware",))


def _cause(material: Material) -> _Found:
    summaries = _incidents(material)
    if not summaries:
        return _Found()
    lines: list[Line] = []
    for place, summary in enumerate(summaries[:_MOST_CAUSES]):
        mark = "" if place == 0 else f"-{summary.incident.number}"
        lines += _one_cause(material, summary, mark)
    open_ = any(summary.confidence == "unknown" for summary in summaries)
    return _Found(lines=tuple(lines), missing=("cause-open",) if open_ else ())


def _one_cause(material: Material, summary: IncidentSummary, mark: str) -> list[Line]:
    phrases, incident = material.phrases, summary.incident
    cause = incident.cause
    known = summary.confidence != "unknown"
    name = phrases.name("cause", cause.cause if known else CauseClass.UNKNOWN)
    lines = [
        material.words(f"cause{mark}", name, label=material.label("cause")),
        material.words(
            f"certainty{mark}", phrases.say(f"certainty.{summary.confidence}"), label=material.label("certainty")
        ),
    ]
    signs = [(f"for-it{mark}-{n}", "for-it", sign.words) for n, sign in enumerate(cause.evidence_for[:_MOST_SIGNS], 1)]
    signs += (
        [(f"fact{mark}-{n}", "for-it", fact) for n, fact in enumerate(cause.facts[:_MOST_SIGNS], 1)] if known else []
    )
    signs += [
        (f"against-it{mark}-{n}", "against-it", sign.words)
        for n, sign in enumerate(cause.evidence_against[:_MOST_SIGNS], 1)
    ]
    lines += [material.words(code, words, label=material.label(label), language="en") for code, label, words in signs]
    if not cause.evidence_against:
        lines.append(
            material.words(
                f"against-it{mark}", phrases.say("label.nothing-against"), label=material.label("against-it")
            )
        )
    if cause.missing and not known:
        lines.append(
            material.words(f"would-decide{mark}", cause.missing, label=material.label("would-decide"), language="en")
        )
    gap = _change_gap(material, incident)
    if gap:
        lines.append(material.words(f"change-near{mark}", gap, label=material.label("change-near")))
    return lines


def _change_gap(material: Material, incident: Incident) -> str:
    onset = incident.onset
    if onset.began_with is None or onset.first_at is None:
        return ""
    return material.phrases.length(onset.first_at - onset.began_with.at)


def _recipients(material: Material) -> _Found:
    measurement, phrases = material.measurement, material.phrases
    if measurement is None or not measurement.by_viewer_kind:
        if not material.facts.shown_to:
            return _Found()
        named = phrases.joined(phrases.name("viewer", kind, one_line(kind)) for kind in material.facts.shown_to)
        return _Found(lines=(material.words("viewers", named),))
    rows = tuple(
        Row(
            code=kind.kind,
            label=phrases.name("viewer", kind.kind, one_line(kind.kind)),
            numbers=(kind.viewers, kind.confirmed, kind.possible),
        )
        for kind in measurement.by_viewer_kind
    )
    head = tuple(material.label(name) for name in ("viewers", "viewers-number", "confirmed", "possible"))
    table = Table(code="viewers", title=material.label("viewers-title"), head=head, rows=rows)
    lines: tuple[Line, ...] = ()
    if any(kind.kind == "crawler" for kind in measurement.by_viewer_kind):
        lines = (material.words("crawlers", phrases.say("label.yes")),)
    return _Found(lines=lines, tables=(table,))


def _consequences(material: Material) -> _Found:
    proposed = likely_consequences(frozenset(material.figures.by_field), material.phrases)
    if not proposed:
        return _Found()
    return _Found(prose=Prose(paragraphs=proposed, by="proposal"))


def _measures(material: Material) -> _Found:
    has_prevention = "prevention" in material.rule.content.items
    lines = _measure_lines(material, ("stop", "mitigate") if has_prevention else ("stop", "mitigate", "prevent"))
    return _Found(lines=(*lines, *_repair(material)), missing=() if lines else ("not-established",))


def _prevention(material: Material) -> _Found:
    lines = _measure_lines(material, ("prevent",))
    return _Found(lines=lines, missing=() if lines else ("not-established",))


def _measure_lines(material: Material, aims: tuple[str, ...]) -> tuple[Line, ...]:
    lines = []
    for number, measure in enumerate(material.statement.measure, 1):
        if measure.aim not in aims:
            continue
        values = {"state": material.label(measure.state), "aim": material.phrases.say(f"aim.{measure.aim}")}
        if measure.at is None:
            label = material.phrases.say("label.measure", **values)
        else:
            label = material.phrases.say(
                "label.measure-at", **values, at=material.phrases.moment(measure.at, material.zone)
            )
        words = " ".join(paragraphs(measure.words))
        if words:
            lines.append(material.words(f"measure-{number}", words, label=label, language=material.statement.language))
    return tuple(lines)


def _repair(material: Material) -> tuple[Line, ...]:
    fix, phrases = _fix(material), material.phrases
    if fix is None:
        return ()
    counts = {
        "requests": phrases.number(fix.replay_requests),
        "crossed": phrases.number(fix.replay_crossed),
        "answers": phrases.number(fix.later_answers),
        "exposed": phrases.number(fix.later_exposed),
    }
    if fix.replay_crossed or fix.later_exposed:
        words = phrases.say("label.repair-fails", **counts)
    elif fix.proven:
        words = phrases.say("label.repair-holds", **counts)
    else:
        words = phrases.say("label.repair-open")
    return (material.phrase("repair", words),)


def _contact(material: Material) -> _Found:
    party = material.statement.contact
    lines = party_lines(material, party)
    reachable = party.email or party.phone or party.address
    return _Found(lines=lines, missing=() if (party.name or party.function) and reachable else ("not-established",))


def _identity(material: Material) -> _Found:
    party = company_of(material)
    lines = party_lines(material, party)
    return _Found(lines=lines, missing=() if party.name and party.address else ("not-established",))


def company_of(material: Material) -> Party:
    """Return the company: as people say it, else its name in the facts."""
    given = material.statement.company
    if given.name:
        return harmless(given)
    named = next((each.name or each.id for each in material.facts.entities if each.id == material.entity), "")
    return harmless(Party(**{**_parts(given), "name": named}))


def harmless(party: Party) -> Party:
    """Return somebody's details on one line each."""
    return Party(**{part: one_line(value) for part, value in _parts(party).items()})


def party_lines(material: Material, party: Party) -> tuple[Line, ...]:
    """Say who it is and how to reach them: what was given, no more."""
    parts = _parts(harmless(party))
    return tuple(material.words(part, value) for part, value in parts.items() if value)


def _parts(party: Party) -> dict[str, str]:
    return {part: getattr(party, part) for part in party.__struct_fields__}


def _told_people(material: Material) -> _Found:
    told, phrases = material.statement.told_people, material.phrases
    if told is None:
        return _Found()
    lines = [material.words("told", phrases.say(f"told-people.{told.state}"))]
    if told.at is not None:
        lines.append(material.time("told-at", told.at))
    if told.people is not None:
        lines.append(material.count("told-people-number", told.people))
    if how := " ".join(paragraphs(told.how)):
        lines.append(material.words("told-how", how, language=material.statement.language))
    prose = material.prose(told.words)
    needs_reason = told.state == "not needed" and prose is None
    missing = ("not-established",) if told.state == "undecided" or needs_reason else ()
    return _Found(lines=tuple(lines), prose=prose, missing=missing)


def _told_others(material: Material) -> _Found:
    lines: list[Line] = []
    for number, told in enumerate(material.statement.told, 1):
        parts = [one_line(told.name)]
        if told.at is not None:
            parts.append(material.phrases.moment(told.at, material.zone))
        if told.reference:
            parts.append(one_line(told.reference))
        lines.append(material.words(f"told-{number}", " · ".join(parts), label=material.label("told")))
    if not lines:
        lines.append(material.words("told", material.phrases.say("label.told-none")))
    return _Found(lines=tuple(lines))


def _delay_reasons(material: Material) -> _Found:
    clock, phrases = material.clock, material.phrases
    prose = material.prose(material.statement.delay)
    if clock.due_at is None:
        lines: tuple[Line, ...] = (material.words("due", phrases.say("label.due-none")),)
        if material.rule.clock.length is not None and clock.starts_at is None:
            return _Found(lines=lines, prose=prose, missing=("no-aware",))
        return _Found(lines=lines, prose=prose, not_needed=prose is None)
    gap = phrases.length(clock.first_made_at - clock.due_at)
    if not clock.is_late:
        return _Found(lines=(material.words("in-time-by", gap),), prose=prose, not_needed=prose is None)
    return _Found(
        lines=(material.words("late-by", gap),), prose=prose, missing=() if prose is not None else ("delay-not-given",)
    )


def _cross_border(material: Material) -> _Found:
    phrases = material.phrases
    company = next((each for each in material.facts.entities if each.id == material.entity), None)
    lines: list[Line] = []
    # Nobody said where it is established: that is open, and not the same as nowhere in the EEA.
    is_placed = company is not None and bool(company.established or company.main_establishment)
    if company is not None and is_placed:
        lead = company.main_establishment
        lines.append(material.words("lead", phrases.country(lead) if lead else phrases.say("label.no-lead")))
        if company.established:
            lines.append(
                material.words("established", phrases.joined(phrases.country(code) for code in company.established))
            )
    rows = [
        (code or "unknown", phrases.country(code), pair)
        for code, pair in material.figures.by_country.items()
        if pair.most
    ]
    if not rows:
        return _Found(lines=tuple(lines), missing=("nobody-found",))
    table = material.table("countries", "countries", "country", rows)
    missing = () if is_placed else ("seat-open",)
    if "" in material.figures.by_country:
        missing = (*missing, "country-open")
    return _Found(lines=tuple(lines), tables=(table,), missing=missing)


def _police_delay(material: Material) -> _Found:
    place = material.duty.jurisdiction if material.duty is not None else ""
    answers: Mapping[str, str] = material.facts.answers
    answer = answers.get(f"police-delay@{place}", answers.get("police-delay", ""))
    if answer not in ("yes", "no"):
        return _Found()
    return _Found(lines=(material.words("waited", material.phrases.say(f"label.{answer}")),))


def _publication(material: Material) -> _Found:
    kinds = (
        {kind.kind for kind in material.measurement.by_viewer_kind}
        if material.measurement
        else set(material.facts.shown_to)
    )
    if "crawler" not in kinds:
        return _Found()
    return _Found(lines=(material.words("crawlers", material.phrases.say("label.yes")),), missing=("not-established",))


def _incidents(material: Material) -> tuple[IncidentSummary, ...]:
    return (material.measurement.incidents or ()) if material.measurement is not None else ()


def _fix(material: Material) -> FixProof | None:
    return material.measurement.fix if material.measurement is not None else None


_BUILDERS: Mapping[str, Callable[[Material], _Found]] = {
    "nature": _nature,
    "categories-people": _categories_people,
    "number-people": _number_people,
    "number-residents": _number_residents,
    "categories-records": _categories_records,
    "number-records": _number_records,
    "kinds-of-data": _kinds_of_data,
    "date": _date,
    "date-found": _date_found,
    "cause": _cause,
    "recipients": _recipients,
    "intruder": _recipients,  # Kinds of viewers only: nobody is named on statistics (charter, section 7).
    "consequences": _consequences,
    "measures": _measures,
    "prevention": _prevention,
    "contact": _contact,
    "identity": _identity,
    "told-people": _told_people,
    "told-others": _told_others,
    "delay-reasons": _delay_reasons,
    "cross-border": _cross_border,
    "law-enforcement-delay": _police_delay,
    "publication": _publication,
}
