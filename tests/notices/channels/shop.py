"""A shop that writes letters and shows notices in its own application: what the tests of channels write with."""

from __future__ import annotations

from datetime import UTC, date, datetime

from spillkit.directory.postal import PostalAddress
from spillkit.notices.channels.channel import Addressed
from spillkit.notices.channels.words import Words
from spillkit.notices.code import code_keys
from spillkit.notices.company import Company, Sender
from spillkit.notices.reader import Reader
from spillkit.notices.told import Told
from tests.notices.written import LETTERHEAD, story, told

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
MAIN_STREET = PostalAddress(street="Main Street", house_number="12", postcode="90210", city="Springfield", region="CA")


def words() -> Words:
    company = Company(1, {"lu": LETTERHEAD}, {"lu": Sender("notices@bounce.shop.example")})
    return Words(story(), company, code_keys(bytes(16)), date(2026, 11, 22))


def addressed(
    *languages: str, name: str = "Alice Roe", postal: PostalAddress = MAIN_STREET, country: str = "US", **more: object
) -> Addressed:
    return Addressed(told(*languages, **more), Reader(name), postal, country)


def numbered(count: int, **more: object) -> list[Told]:
    return [told("en", id=f"n{number:04d}", **more) for number in range(count)]
