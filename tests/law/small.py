"""Small books and facts for the tests of deciding: a handful of rules that are easy to hold in mind."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec

from spillkit.law.books import Books, read_books
from spillkit.law.facts import Entity, Facts, Milestone, Population
from spillkit.law.rule import (
    Addressee,
    Binds,
    Clock,
    Condition,
    Connection,
    DutyKind,
    Jurisdiction,
    Rule,
    Source,
    Status,
)

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
AWARE = datetime(2026, 11, 20, 17, 20, tzinfo=UTC)
WORDS = read_books()
SHOP = Entity(id="shop", established=("LU",), main_establishment="LU")


def rule(
    *when: Condition,
    id: str = "x-1",  # noqa: A002 - the name in the file
    duty: DutyKind = DutyKind.NOTIFY_AUTHORITY,
    connection: Connection = Connection.RESIDENTS,
    sectors: tuple[str, ...] = (),
    to: Addressee | None = None,
    **more: object,
) -> Rule:
    """A rule with everything that is beside the point filled in."""
    return msgspec.convert(
        {
            "id": id,
            "duty": duty,
            "instrument": "Act of Test",
            "article": "s. 1",
            "binds": Binds(connection=connection, sectors=sectors),
            "when": when or (Condition(words="always"),),
            "clock": Clock(words="72 hours", length=72),
            "source": Source(status=Status.CONFIRMED, where="here", read_on=date(2026, 11, 21)),
            "case": (),
            "to": to,
            **more,
        },
        Rule,
    )


def book(
    *rules: Rule, code: str = "JP", name: str = "Japan", residents: tuple[str, ...] = ("JP",), zone: str = "Asia/Tokyo"
) -> Jurisdiction:
    return Jurisdiction(version=1, code=code, name=name, residents=residents, zone=zone, rule=rules)


def books(*several: Jurisdiction) -> Books:
    """Books that hold these jurisdictions and the words of the built-in ones."""
    return msgspec.structs.replace(
        WORDS,
        jurisdictions={one.code: one for one in several},
        rules={rule.id: rule for one in several for rule in one.rule},
        code_of={rule.id: one.code for one in several for rule in one.rule},
    )


def people(
    country: str = "JP",
    number: int = 10,
    *fields: str,
    upper: int | None = None,
    region: str = "",
    account: str = "consumer",
    entity: str = "shop",
) -> Population:
    return Population(
        entity=entity,
        country=country,
        region=region,
        people=number,
        people_upper=upper,
        fields=fields or ("name", "email"),
        account=account,
    )


def facts(*populations: Population, entities: tuple[Entity, ...] = (SHOP,), **more: object) -> Facts:
    given = {"milestones": {"aware": Milestone(at=AWARE)}, **more}
    return Facts(version=1, incident="1", entities=entities, populations=populations, **given)
