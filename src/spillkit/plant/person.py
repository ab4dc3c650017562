"""A planted person: synthetic, unmistakable, the same for the same seed.

In:    nothing.
Out:   PlantedPerson.
Else:  drawing them is `people`; writing them into files is `files`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class PlantedPerson:
    """Somebody who does not exist, for a test-suite to store and log in."""

    number: int  # counts from 1
    customer_id: str
    given_name: str
    family_name: str
    name: str  # as it is written in the person's language
    email: str  # at a subdomain of example.org, .net or .com, which RFC 2606 keeps for examples
    username: str
    password: str  # for the application's log-in form; it protects nothing
    phone: str  # "+" and digits
    street: str
    postcode: str  # "" where the country has none
    city: str
    country: str  # ISO 3166
    language: str
    locale: str

    @property
    def tag(self) -> str:
        """How messages name the person."""
        return f"planted person {self.number}"

    def __str__(self) -> str:
        return self.tag

    def row(self) -> dict[str, str | int]:
        """Return the fields as a row of a customer list; `spillkit people add` understands its columns."""
        row = asdict(self)
        # Under their own names these two would be taken for a house number and a second language.
        number, locale = row.pop("number"), row.pop("locale")
        return {"planted_person": number, **row, "planted_in": locale}
