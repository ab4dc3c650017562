"""Reports for the tests: a company in two places, facts, what people say. Ids and counts only; nobody real."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from spillkit.authority import Inputs, Phase, Report, inputs_for, make_report, read_statement
from spillkit.authority.statement import EXAMPLE, Statement
from spillkit.law.books import Books, read_books
from spillkit.law.decide import decide
from spillkit.law.facts import Entity, Facts, Milestone, Population
from spillkit.scope.measure import measure
from spillkit.scope.measurement import Measurement
from tests.scope.incidents import NOW as MEASURED_AT
from tests.scope.incidents import shop

AWARE = datetime.fromisoformat("2026-11-20T17:20:00+01:00")
MADE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ITALY = Entity(id="example-it", name="Example S.p.A.", established=("IT",), main_establishment="IT", zone="Europe/Rome")


@lru_cache(maxsize=1)
def books() -> Books:
    return read_books()


@lru_cache(maxsize=1)
def measured() -> Measurement:
    return measure(now=MEASURED_AT, **shop().tables())


def people(country: str, number: int, *fields: str, upper: int | None = None, **values: Any) -> Population:
    settings: dict[str, Any] = {"entity": "example-it", "account": "consumer"} | values
    return Population(country=country, people=number, fields=fields, people_upper=upper, **settings)


PEOPLE = (
    people("IT", 800, "name", "email", upper=812),
    people("FR", 310, "name", "email", "phone", upper=313),
    people("DE", 95, "name", "postal-address", "order", account="business"),
    people("MT", 1, "email"),
)


def facts(*populations: Population, **values: Any) -> Facts:
    """The facts of an incident in four countries; what is given replaces them."""
    settings: dict[str, Any] = {
        "version": 1,
        "incident": "7",
        "entities": (ITALY,),
        "populations": populations or PEOPLE,
        "milestones": {"aware": Milestone(at=AWARE, because="Support saw another customer's page.")},
        "answers": {"risk-unlikely": "no", "high-risk": "no", "encrypted": "no"},
        "began_at": datetime(2026, 11, 20, 6, 0, tzinfo=UTC),
        "ended_at": datetime(2026, 11, 20, 18, 5, tzinfo=UTC),
        "intentional": "no",
        "shown_to": ("subject",),
        "coverage": 0.66,
        "method": "counted in what was recorded",
    }
    return Facts(**settings | values)


def statement(more: str = "") -> Statement:
    """What the officer says: the example, complete, and more TOML behind it."""
    contact = 'function = "data protection officer"\nname = "Office for data protection"\nemail = "dpo@example.org"\n'
    text = EXAMPLE.replace('function = "data protection officer"\nname = ""\nemail = ""\nphone = ""\n', contact)
    assert contact in text
    return read_statement((text + "\n" + more).encode())


def inputs(rule: str = "eu-gdpr-33", *, more: str = "", about: Facts | None = None, **values: Any) -> Inputs:
    given = about or facts()
    settings: dict[str, Any] = {
        "books": books(),
        "facts": given,
        "decided": decide(given, books(), now=MADE),
        "statement": statement(more),
        "made_at": MADE,
    }
    return inputs_for(rule, **settings | values)


def report(rule: str = "eu-gdpr-33", **values: Any) -> Report:
    return make_report(inputs(rule, **values)).report


def follow_up(first: Report, *, hours: int = 48, **values: Any) -> Report:
    settings: dict[str, Any] = {"phase": Phase.FOLLOW_UP, "earlier": (first,), "made_at": MADE + timedelta(hours=hours)}
    return report(**settings | values)
