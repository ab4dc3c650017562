"""The cast and their world: two customers, a support agent, an insider, and everything a scan needs.

Alice and Bob are customers, Carol works in support, Mallory sells what she sees. The clock stands still. All addresses are under
domains reserved by RFC 2606, all phone numbers in ranges reserved for fiction where a country has one.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    id: str
    given: str
    family: str
    email: str
    phone: str
    street: str
    postcode: str
    city: str
    country: str
    cookie: str

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything about this person that must never be written anywhere."""
        return (self.name, self.family, self.email, self.phone, self.street, self.cookie)


ALICE = Person(
    "c_8f2a91", "Alizée", "Marchetti-Okonkwo", "alizee.marchetti@example.org", "+33 6 39 98 12 34",
    "17 rue des Tisserands", "75011", "Paris", "FR", "sess-alice-4f9d2c7b1e",
)  # fmt: skip
BOB = Person(
    "c_17b3e0", "Bartholomäus", "Quistorp", "b.quistorp@example.net", "+49 30 23125 678",
    "Lindenufer 44", "10115", "Berlin", "DE", "sess-bob-a81c55d03f",
)  # fmt: skip
CAROL = "staff:carol"
MALLORY = "staff:mallory"


@dataclass
class Recording:
    """Writes exchanges in our own schema, one after another, a second apart."""

    lines: list[dict[str, object]] = field(default_factory=list)

    def answer(
        self, body: str, *, to: Person | None, url: str = "https://shop.example/account/summary", **more: object
    ) -> None:
        """Record that `to` (nobody: no cookie) was sent `body`."""
        at = NOON + timedelta(seconds=len(self.lines))
        headers = [["cookie", f"theme=dark; sessionid={to.cookie}"]] if to else []
        self.lines.append(
            {
                "v": 1,
                "time": at.isoformat(),
                "client": {"ip": "203.0.113.9", "user_agent": more.get("user_agent", "Mozilla/5.0")},
                "request": {"method": more.get("method", "GET"), "url": url, "headers": headers},
                "response": {
                    "status": 200,
                    "headers": [["content-type", more.get("media_type", "text/html; charset=utf-8")]],
                    "body": body,
                },
            }
        )

    def write(self, path: Path) -> Path:
        text = "".join(json.dumps(line) + "\n" for line in self.lines).encode()
        path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)
        return path


def account_page(of: Person) -> str:
    """The account page as the shop renders it for one person."""
    return (
        f"<html><body><h1>Hello <b>{of.given}</b> <i>{of.family}</i></h1>"
        f'<form><input name="mail" value="{of.email}"></form><p>Call us about {of.phone}</p></body></html>'
    )


def write_people(path: Path, people: tuple[Person, ...] = (ALICE, BOB)) -> Path:
    """Write the customer list."""
    rows = ["customer_id,given_name,family_name,email,phone,street,postcode,city,country"]
    rows += [
        f"{p.id},{p.given},{p.family},{p.email},{p.phone},{p.street},{p.postcode},{p.city},{p.country}" for p in people
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def write_sessions(path: Path, people: tuple[Person, ...] = (ALICE, BOB)) -> Path:
    """Write the table of whose session is whose."""
    path.write_text("value,viewer\n" + "".join(f"{p.cookie},{p.id}\n" for p in people), encoding="utf-8")
    return path


def scan_here(recording: Recording) -> None:
    """Make a workspace in the current folder, and scan a recording with the sessions of Alice and Bob."""
    from spillkit.cli import main

    recording.write(Path("day1.jsonl"))
    write_people(Path("customers.csv"))
    write_sessions(Path("sessions.csv"))
    for command in (
        ["init"],
        ["people", "add", "customers.csv"],
        ["scan", "day1.jsonl", "--viewer-from", "cookie:sessionid,sessions.csv"],
    ):
        assert main(command) == 0, command
