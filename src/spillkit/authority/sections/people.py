"""Items about people: how many, of which kinds, in which countries.

In:    the material of one report.
Out:   BUILDERS: id of an item of content.toml, to what is known of it.
Else:  counting is `spillkit.scope`; a share of one company or law is `figures`.
"""

from __future__ import annotations

from collections.abc import Mapping

from spillkit.authority.figures import add_up
from spillkit.authority.material import Material, one_line
from spillkit.authority.report import Line
from spillkit.authority.sections.found import Builder, Found


def _number_people(material: Material) -> Found:
    """How many people: those of the company that reports stand first, as it is the number that its authority asks for."""
    is_alone = all(each.entity == material.entity for each in material.facts.populations)
    lines = (*_whole_incident(material, ""), *_of_law(material)) if is_alone else _of_company_and_whole(material)
    return Found(lines=(*lines, *_how_counted(material)), missing=_number_missing(material))


def _of_company_and_whole(material: Material) -> tuple[Line, ...]:
    """The share of the company, then the whole incident, named as such."""
    people = material.figures.people
    return (
        material.count("confirmed", people.confirmed, label=material.label("this-entity")),
        _at_most(material, "at-most", people.most, label=material.label("this-entity-most")),
        *_of_law(material),
        *_whole_incident(material, "whole-"),
    )


def _whole_incident(material: Material, mark: str) -> tuple[Line, ...]:
    """The people of all companies together.

    mark  before the codes and labels, where these are not the people of the company that reports
    """
    measurement, phrases = material.measurement, material.phrases
    if measurement is None:
        both = add_up(material.facts, "").people
        return (material.count(f"{mark}confirmed", both.confirmed), material.count(f"{mark}at-most", both.most))
    people = measurement.people
    lines = [material.count(f"{mark}confirmed", people.confirmed)]
    if people.possible:
        lines.append(material.count(f"{mark}possible", people.possible))
    if not people.complete and people.estimate is not None:
        lines.append(material.count(f"{mark}estimate", people.estimate))
    if not people.complete and people.interval_low is not None and people.interval_high is not None:
        low, high = phrases.number(people.interval_low), phrases.number(people.interval_high)
        label = phrases.say(f"label.{mark}between", level=phrases.share(people.level))
        said = phrases.say("label.between-value", low=low, high=high)
        lines.append(material.phrase(f"{mark}between", said, label=label))
    lines.append(_at_most(material, f"{mark}at-most", people.upper_bound))
    return tuple(lines)


def _how_counted(material: Material) -> tuple[Line, ...]:
    """The method, and how much was looked at."""
    measurement, facts, phrases = material.measurement, material.facts, material.phrases
    if measurement is None:
        lines = []
        if facts.method:
            lines.append(material.words("method", facts.method, language=material.statement.language))
        if facts.coverage is not None:
            lines.append(material.words("looked-at", phrases.share(facts.coverage)))
        return tuple(lines)
    lines = [material.words("method", measurement.people.method, language="en")]
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


def _of_law(material: Material) -> tuple[Line, ...]:
    """Whom the law counts, where these are not all of the company's."""
    duty, people = material.duty, material.figures.people
    if duty is None or (duty.people, duty.people_upper) == (people.confirmed, people.most):
        return ()
    return (material.count("this-law", duty.people), _at_most(material, "this-law-most", duty.people_upper))


def _at_most(material: Material, code: str, most: int | None, *, label: str = "") -> Line:
    """Say how many at most; where nobody can bound the whole incident, no part of it has a bound either."""
    measurement = material.measurement
    if most is None or (measurement is not None and measurement.people.upper_bound is None):
        return material.words(code, material.phrases.say("label.no-bound"), label=label)
    return material.count(code, most, label=label)


def _number_residents(material: Material) -> Found:
    duty = material.duty
    if duty is None:
        return Found()
    lines = [
        material.words("place", duty.jurisdiction_name, label=material.label("places")),
        material.count("confirmed", duty.people),
        _at_most(material, "at-most", duty.people_upper),
    ]
    return Found(lines=tuple(lines), missing=_number_missing(material))


def _number_missing(material: Material) -> tuple[str, ...]:
    measurement = material.measurement
    if measurement is not None and measurement.people.confirmed is None:
        return ("nothing-measured",)
    if measurement is not None and measurement.people.upper_bound is None:
        return ("not-all-seen",)
    return () if material.figures.people.most else ("nobody-found",)


def _categories_people(material: Material) -> Found:
    phrases, groups = material.phrases, material.figures.by_account
    rows = [
        (key or "unknown", phrases.name("account", key or "unknown", one_line(key)), pair)
        for key, pair in groups.items()
        if pair.most
    ]
    if not rows:
        return Found(missing=("nobody-found",))
    missing = ("account-open",) if groups.get("") and groups[""].most else ()
    return Found(tables=(material.table("accounts", "accounts", "account", rows),), missing=missing)


def _cross_border(material: Material) -> Found:
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
        return Found(lines=tuple(lines), missing=("nobody-found",))
    table = material.table("countries", "countries", "country", rows)
    missing = () if is_placed else ("seat-open",)
    if "" in material.figures.by_country:
        missing = (*missing, "country-open")
    return Found(lines=tuple(lines), tables=(table,), missing=missing)


BUILDERS: Mapping[str, Builder] = {
    "number-people": _number_people,
    "number-residents": _number_residents,
    "categories-people": _categories_people,
    "cross-border": _cross_border,
}
