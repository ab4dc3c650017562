"""A list of people to be told as it comes on a bad day, and what each of them must be told: written here and nowhere else."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from spillkit.notices.company import EXAMPLE
from spillkit.notices.reader import printed_name
from spillkit.notices.wording import catalogue
from tests.notices.hostile import NAMES
from tests.notices.written import ALL_FIELDS


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
    story = (EXAMPLE / "story.toml").read_text("utf-8")
    for name in ("people_confirmed", "people_upper"):
        story = story.replace(f"{name} = 3\n", f"{name} = {count}\n")
    (folder / "story.toml").write_text(story, "utf-8")
    company = (EXAMPLE / "notices.toml").read_text("utf-8")
    (folder / "notices.toml").write_text(company + 'selector = "notices2026"\n', "utf-8")


def id_of(mail: EmailMessage) -> str:
    """Return the id of the notice that a mail is."""
    return mail["Message-ID"].strip("<>").partition("@")[0]


def check_mail(person: Person, receiver: str, sender: str, mail: EmailMessage, code: str) -> None:
    """One mail says to one person what the list says of him, and nothing of anybody else."""
    assert sender == f"notices+{id_of(mail)}@bounce.shop.example"
    local, _at, domain = person.address.rpartition("@")
    assert receiver == f"{local}@{domain.encode('idna').decode().lower()}"
    [to] = mail["To"].addresses
    assert to.username.encode("utf-8", "surrogateescape").decode() == local
    assert to.domain.lower() == receiver.rpartition("@")[2]
    assert mail.defects == []
    assert mail["Bcc"] is None
    assert mail["Content-Language"] == person.language
    assert parsedate_to_datetime(mail["Date"]).utcoffset().total_seconds() == 0
    check_text(person, mail.get_body(("plain",)).get_content(), code)
    assert code in mail.get_body(("html",)).get_content()


def check_text(person: Person, text: str, code: str) -> None:
    """The text names his fields and no other, in his language, with his code and his name."""
    words = catalogue(person.language)
    lines = {line.strip("\u200e\u200f\u2066\u2067\u2068\u2069 ") for line in text.splitlines()}
    assert {label for label in ALL_FIELDS if f"- {words.words('field.' + label)}" in lines} == set(person.fields)
    assert code in text
    if name := printed_name(person.name):
        assert name[:20] in " ".join(text.split())
