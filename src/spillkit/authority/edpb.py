"""Fill fields of the EDPB common notification template as far as the facts name them.

In:    the material of one report.
Out:   fields by their number: the option's letter where the template offers options, and words.
Else:  which fields are not filled, and why, is told in docs/reference/authority-report.md.

Source  EDPB, Template for personal data breach notification, v1.0, adopted June 2026, not in force; numbers and letters of its
        fields as extracted in NicklawAI/edpb-breach-notification-assistant, src/schema/breach-notification.schema.json
        (Nicola Franchetto, Martim Taborda Barata; CC BY 4.0). Labels are our own words.
"""

from __future__ import annotations

from spillkit.authority.material import Material, one_line, paragraphs
from spillkit.authority.report import Party, Phase, TemplateField
from spillkit.authority.sections import company_of, harmless
from spillkit.cause.incident import CauseClass

_MORE_THAN_APPROXIMATE = 1.0

# Kinds of fields.toml -> the template's types of data (field 70).
_TYPES = {
    "a": {"name", "date-of-birth", "mothers-maiden-name", "customer-id"},
    "b": {"email", "phone", "postal-address"},
    "c": {"biometric"},
    "d": {"criminal"},
    "f": {"origin"},
    "h": {"sexual-life"},
    "j": {"genetic"},
    "k": {"medical", "health-insurance"},
    "l": {"financial"},
    "n": {"national-id", "ssn", "tax-id", "driver-licence", "passport", "military-id"},
    "o": {"location"},
    "p": {"document"},
    "q": {"account-number", "card-number"},
    "r": {"behaviour"},
    "s": {"username", "password", "security-answer", "session", "account-access-code"},
    "u": {"order", "device", "token", "picture", "beliefs"},
}
# How the function of a data protection officer (GDPR Art. 37) is written in the languages of a report.
_OFFICER = (
    "data protection officer",
    "dpo",
    "délégué à la protection",
    "déléguée à la protection",
    "responsabile della protezione",
    "datenschutzbeauftragt",
    "delegado de protección",
    "delegada de protección",
    "مسؤول حماية البيانات",
)
# Causes that the template's list of incidents (field 60) has a letter for.
_NATURES = {
    CauseClass.OPEN_RECIPIENTS: "s",
    CauseClass.MAIL_SHIFT: "r",
    CauseClass.STAFF: "a",
    CauseClass.TEMPLATE_FIELD: "v",
}
_EEA = frozenset("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO".split())


def template_fields(material: Material, sequence: int, *, is_open: bool) -> tuple[TemplateField, ...]:
    """Return the fields that can be filled, by number.

    sequence  1 for the first report
    is_open   something is still open
    """
    filled = [*_kind(material, sequence, is_open), *_parties(material)]
    if material.phase is not Phase.WITHDRAWAL:
        filled += [
            *_timeline(material),
            *_nature(material),
            *_people(material),
            *_after(material),
            *_countries(material),
        ]
    return tuple(sorted((each for each in filled if each.words or each.option), key=lambda each: each.field))


def _field(field: int, section: str, label: str, words: str, option: str = "") -> TemplateField:
    return TemplateField(field=field, section=section, label=label, option=option, words=words)


def _kind(material: Material, sequence: int, is_open: bool) -> list[TemplateField]:
    withdrawn = material.phase is Phase.WITHDRAWAL
    sub = "c" if withdrawn else "b" if is_open else "a"
    said = [
        _field(3, "1.1", "Type", "new" if sequence == 1 else "follow-up", "a" if sequence == 1 else "b"),
        _field(4, "1.1", "Sub-type", {"a": "complete", "b": "incomplete", "c": "withdraw"}[sub], sub),
        _field(7, "1.1", "Own reference", one_line(material.statement.reference)),
    ]
    if withdrawn:
        said.append(_field(5, "1.1", "Why withdrawn", " ".join(paragraphs(material.statement.withdrawn_because))))
    if sequence > 1:
        references = [one_line(sent.reference) for sent in material.statement.sent if sent.reference]
        said.append(_field(6, "1.1", "Id of the earlier one", references[0] if references else ""))
    return said


def _parties(material: Material) -> list[TemplateField]:
    company, contact = company_of(material), harmless(material.statement.contact)
    is_officer = any(words in contact.function.lower() for words in _OFFICER)
    said = [
        _field(11, "1.1", "Register or tax number", company.identifier),
        _field(12, "1.1", "Organisation", company.name),
        _field(13, "1.1", "Its contact details", _reach(company)),
    ]
    reporter = material.statement.reporter
    if reporter is not None:
        who = harmless(reporter)
        said += [
            _field(21, "2.2", "Reporting person", who.name),
            _field(22, "2.2", "Contact details", _reach(who)),
            _field(23, "2.2", "Function", who.function),
        ]
    if is_officer:
        said += [
            _field(29, "2.3.1", "Data protection officer designated", "yes"),
            _field(30, "2.3.1", "Data protection officer", contact.name),
            _field(31, "2.3.1", "Contact details", _reach(contact)),
            _field(33, "2.3.1", "Who tells more", "data protection officer", "a"),
        ]
    elif contact.name or contact.function:
        said += [
            _field(33, "2.3.1", "Who tells more", "other", "c"),
            _field(34, "2.3.1", "Contact", contact.name),
            _field(35, "2.3.1", "Function", contact.function),
            _field(36, "2.3.1", "Contact details", _reach(contact)),
        ]
    return said


def _reach(party: Party) -> str:
    return " · ".join(part for part in (party.address, party.email, party.phone) if part)


def _timeline(material: Material) -> list[TemplateField]:
    facts, measurement = material.facts, material.measurement
    began = facts.began_at or (measurement.first_at if measurement is not None else None)
    fix = measurement.fix if measurement is not None else None
    goes_on = fix is not None and bool(fix.replay_crossed or fix.later_exposed)
    ended = facts.ended_at
    if ended is None and fix is not None and fix.proven and measurement is not None:
        ended = measurement.last_at
    option, words = "e", "to be determined"
    if began is not None and goes_on:
        option, words = "c", "from a date, still going on"
    elif began is not None and ended is not None:
        is_day = began.astimezone(material.zone).date() == ended.astimezone(material.zone).date()
        option, words = ("a", "on one day") if is_day else ("b", "from a date to a date")
    said = [_field(44, "3.1", "When it occurred", words, option)]
    if began is not None:
        said.append(_field(46, "3.1", "Beginning", material.phrases.moment(began, material.zone)))
    if ended is not None and not goes_on:
        said.append(_field(47, "3.1", "End", material.phrases.moment(ended, material.zone)))
    aware = facts.milestones.get("aware")
    if aware is not None:
        said.append(_field(48, "3.1", "Aware", material.phrases.moment(aware.at, material.zone)))
    if material.clock.is_late:
        said.append(_field(49, "3.1", "Why late", " ".join(paragraphs(material.statement.delay))))
    found = material.statement.say.get("date-found")
    if found is not None:
        said.append(_field(51, "3.1", "How it was found", " ".join(paragraphs(found.words))))
    return said


def _nature(material: Material) -> list[TemplateField]:
    facts = material.facts
    summaries = (material.measurement.incidents or ()) if material.measurement is not None else ()
    causes = {summary.incident.cause.cause for summary in summaries if summary.confidence != "unknown"}
    is_staff = CauseClass.STAFF in causes
    letters = {_NATURES.get(cause, "h") for cause in causes if cause is not CauseClass.UNKNOWN}
    is_settled = bool(letters)
    said = [_field(55, "3.2", "Nature", "confidentiality", "a")]
    if material.figures.people.confirmed:
        said.append(_field(56, "3.2", "Kind of confidentiality", "disclosed", "a"))
    if facts.answers.get("encrypted") in ("yes", "no"):
        safe = facts.answers["encrypted"] == "yes"
        said.append(
            _field(
                57, "3.2", "Unintelligible to others", "yes, still protected" if safe else "no", "a" if safe else "c"
            )
        )
    if len(letters) == 1:
        letter = letters.pop()
        named = {"h": "data of the wrong person shown", "s": "open list of recipients", "r": "sent by mistake"}
        named |= {"a": "access rights misused by staff: not settled", "v": "unintended publication"}
        said.append(_field(60, "3.2", "Nature of the incident", named[letter], letter))
    else:
        said.append(_field(60, "3.2", "Nature of the incident", "to be determined", "x"))
    if facts.intentional == "no" and is_settled and not is_staff:
        said.append(_field(61, "3.2", "Cause", "internal, not malicious", "a"))
    else:
        said.append(_field(61, "3.2", "Cause", "to be determined", "e"))
    for field, label, item in ((62, "Further on the incident", "nature"), (63, "Systems concerned", "cause")):
        text = material.statement.say.get(item)
        if text is not None:
            said.append(_field(field, "3.2", label, " ".join(paragraphs(text.words))))
    return said


def _people(material: Material) -> list[TemplateField]:
    figures, phrases = material.figures, material.phrases
    if not figures.people.most:
        return [_field(67, "3.3", "Number of people", "to be determined", "d")]
    said = [_field(65, "3.3", "Categories of people", "customers", "a")]
    accounts = [
        f"{phrases.name('account', key or 'unknown')}: {_span(material, pair.confirmed, pair.most)}"
        for key, pair in figures.by_account.items()
    ]
    said.append(_field(66, "3.3", "Further on them", "; ".join(accounts)))
    for field, section, label, pair in (
        (67, "3.3", "Number of people", figures.people),
        (72, "3.4", "Number of records", figures.records),
    ):
        exact = pair.confirmed == pair.most and _is_whole(material)
        said.append(_field(field, section, label, "exact" if exact else "approximate", "a" if exact else "b"))
        said.append(_field(field + 1, section, label, _span(material, pair.confirmed, pair.most)))
    kinds = set(figures.by_field)
    for letter, of in _TYPES.items():
        named = sorted(kinds & of)
        if named:
            said.append(
                _field(70, "3.4", "Type of data", ", ".join(phrases.name("field", kind) for kind in named), letter)
            )
    return said


def _is_whole(material: Material) -> bool:
    measurement, coverage = material.measurement, material.facts.coverage
    if measurement is not None:
        return measurement.people.complete and not measurement.people.possible
    return coverage is not None and coverage >= _MORE_THAN_APPROXIMATE


def _span(material: Material, confirmed: int, most: int) -> str:
    low, high = material.phrases.number(confirmed), material.phrases.number(most)
    return low if confirmed == most else f"{low} – {high}"


def _after(material: Material) -> list[TemplateField]:
    statement, answers = material.statement, material.facts.answers
    said: list[TemplateField] = []
    consequences = statement.say.get("consequences")
    if consequences is not None and not consequences.proposed:
        said.append(_field(79, "4.1", "Consequences", "disclosed beyond what was meant", "a"))
        said.append(_field(86, "4.1", "Further on the impact", " ".join(paragraphs(consequences.words))))
    if answers.get("high-risk") == "yes":
        said.append(_field(89, "4.2", "Outcome of the assessment", "high risk likely", "a"))
    elif answers.get("risk-unlikely") == "yes":
        said.append(_field(89, "4.2", "Outcome of the assessment", "risk unlikely", "c"))
    elif answers.get("risk-unlikely") == "no" and answers.get("high-risk") == "no":
        said.append(_field(89, "4.2", "Outcome of the assessment", "risk likely, not high", "b"))
    for field, section, label, aims in (
        (92, "4.3", "Measures taken", ("stop", "mitigate")),
        (95, "4.4", "Measures from now on", ("prevent",)),
    ):
        words = [" ".join(paragraphs(each.words)) for each in statement.measure if each.aim in aims]
        said.append(_field(field, section, label, " ".join(words)))
    return said + _told(material)


def _told(material: Material) -> list[TemplateField]:
    statement, told, said = material.statement, material.statement.told_people, []
    if told is not None:
        option = {"yes": "a", "planned": "b", "undecided": "c"}.get(told.state, "")
        words = material.phrases.say(f"told-people.{told.state}")
        said.append(_field(97, "4.4", "People told", words, option))
        if told.at is not None and told.state in ("yes", "planned"):
            when = material.phrases.moment(told.at, material.zone)
            said.append(_field(98 if told.state == "yes" else 99, "4.4", "When", when))
        if told.state == "not needed":
            said.append(_field(101, "4.4", "Why not", " ".join(paragraphs(told.words))))
        said.append(_field(106, "4.4", "How", " ".join(paragraphs(told.how))))
    if statement.told:
        said.append(_field(110, "6.1", "Other authorities told", "yes", "a"))
        said.append(_field(111, "6.1", "Which", "; ".join(one_line(each.name) for each in statement.told)))
    return said


def _countries(material: Material) -> list[TemplateField]:
    """6.2 for a company established in the EEA, 6.3 for one that is not (GDPR Art. 3(2), 56)."""
    company = next((each for each in material.facts.entities if each.id == material.entity), None)
    countries = {code: pair for code, pair in material.figures.by_country.items() if code in _EEA and pair.most}
    if company is None or not countries or not (company.established or company.main_establishment):
        return []  # Where it is established decides which part is filled.
    phrases = material.phrases
    homes = [code for code in company.established if code in _EEA]
    first, section = (114, "6.2") if homes or company.main_establishment else (119, "6.3")
    is_inside = first == 114
    people = "; ".join(
        f"{phrases.country(code)}: {_span(material, pair.confirmed, pair.most)}" for code, pair in countries.items()
    )
    said = [
        _field(
            first + 2 if is_inside else 121,
            section,
            "Countries of the people",
            ", ".join(map(phrases.country, countries)),
        ),
        _field(first + 3 if is_inside else 122, section, "People per country", people),
    ]
    to = material.duty.addressees if material.duty is not None else ()
    said.append(_field(118 if is_inside else 123, section, "Authorities told", "; ".join(map(one_line, to))))
    if is_inside:
        crosses = len(set(countries) | set(homes)) > 1
        said.append(
            _field(
                113, section, "Cross-border, company in the EEA", "yes" if crosses else "no", "a" if crosses else "b"
            )
        )
        if company.main_establishment and to:
            said.append(_field(114, section, "Lead authority", one_line(to[0])))
        said.append(_field(115, section, "Establishments", ", ".join(map(phrases.country, homes))))
    else:
        said.append(_field(120, section, "Company outside the EEA", "yes", "a"))
    return said
