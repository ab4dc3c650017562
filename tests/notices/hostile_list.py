"""A list of people to be told as it comes on a bad day, and what each of them must be told: written here and nowhere else."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from tests.notices.hostile import NAMES


def _is_text(name: str) -> bool:
    """Return whether a file of UTF-8 rows can hold a name."""
    return "\0" not in name and name.encode("utf-8", "replace").decode() == name


_NAMES = [name for name in NAMES if _is_text(name)]
_LANGUAGES = (("en", "en"), ("de", "de"), ("ar", "ar"), ("it-IT", "it"), ("ja", "ja"), ("he", "he"), ("pl", "pl"))
_COUNTRIES = ("FR", "DE", "EG", "IT", "JP", "IL", "PL")  # as many as languages: a plan is checked shape by shape
_FIELDS = (("name",), ("e-mail", "name"), ("phone", "address"), ("name", "phone", "order"))
_ADDRESSES = (
    "person{}@mail.example", "Person.{}@MAIL2.example", "p+tag{}@mail.example", "\u7528\u6237{}@mail.example",
    "jos\u00e9{}@m\u00fcller.example", "o'brien{}@mail3.example",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One row, and what its person is to read."""

    id: str
    address: str
    name: str
    country: str
    written: str  # language as the list writes it
    language: str  # as he is written to
    fields: tuple[str, ...]


def people(count: int) -> list[Person]:
    """Return so many people, each with a mailbox of his own."""
    return [
        Person(
            id=f"c_{number:04}",
            address=_ADDRESSES[number % len(_ADDRESSES)].format(number),
            name=_NAMES[number % len(_NAMES)],
            country=_COUNTRIES[number % len(_COUNTRIES)],
            written=_LANGUAGES[number % len(_LANGUAGES)][0],
            language=_LANGUAGES[number % len(_LANGUAGES)][1],
            fields=_FIELDS[number % len(_FIELDS)],
        )
        for number in range(count)
    ]


def write_list(path: Path, listed: list[Person], entity: str = "shop-eu") -> None:
    """Write them as a plain list of `spillkit notify`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "email", "name", "country", "language", "entity", "fields"))
        rows.writerows(
            (one.id, one.address, one.name, one.country, one.written, entity, ", ".join(one.fields)) for one in listed
        )


def write_campaign(folder: Path, count: int) -> None:
    """Write story and letterhead as `spillkit notify example` does, for so many people, with a selector for keys."""
    from spillkit.notices.company import EXAMPLE

    story = (EXAMPLE / "story.toml").read_text("utf-8")
    for name in ("people_confirmed", "people_upper"):
        story = story.replace(f"{name} = 3\n", f"{name} = {count}\n")
    (folder / "story.toml").write_text(story, "utf-8")
    company = (EXAMPLE / "notices.toml").read_text("utf-8")
    (folder / "notices.toml").write_text(company + 'selector = "notices2026"\n', "utf-8")
