"""A customer as the shop's pages see him: his values, each between its marks where a story is played.

In:    a row of the table of customers.
Out:   Person, whose fields may be rendered anywhere.
Else:  marks are `marks`; the table is `store`.

This is the only door from the table to a page, so that no value can be rendered without its mark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

COLUMNS = (
    "number, id, name, email, contact_email, phone, street, postcode, city, place, country, language, account_type, "
    "company, company_name, is_seller"
)
Marker = Callable[[int, str, str], str]


@dataclass(frozen=True, slots=True)
class Person:
    """Values ready for a page. Text only; what is not personal is not marked."""

    number: int
    id: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    contact_email: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)  # on several lines
    country: str
    language: str
    account_type: str
    company: int
    company_name: str
    is_seller: bool

    def as_record(self) -> dict[str, object]:
        """Return the fields for a reply of the profile service."""
        return asdict(self)


def person_of_row(row: tuple[object, ...], mark: Marker) -> Person:
    """Return the person of a row with the COLUMNS."""
    number = int(str(row[0]))

    def shown(label: str, value: object) -> str:
        return mark(number, label, str(value))

    return Person(
        number=number,
        id=shown("customer-id", row[1]),
        name=shown("name", row[2]),
        email=shown("e-mail", row[3]),
        contact_email=shown("e-mail", row[4]),
        phone=shown("phone", row[5]),
        address=shown("address", f"{row[6]}\n{row[9]}"),
        country=str(row[10]),
        language=str(row[11]),
        account_type=str(row[12]),
        company=int(str(row[13])),
        company_name=str(row[14]),
        is_seller=bool(row[15]),
    )


def person_of_record(record: Mapping[str, object]) -> Person:
    """Return the person of a reply of the profile service."""
    values = dict(record)
    return Person(**values)  # type: ignore[arg-type]  # the reply was made by as_record
