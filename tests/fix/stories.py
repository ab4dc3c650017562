"""A workspace with an incident in it, and recordings from before and after its repair."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from spillkit.cli import main
from tests.world import ALICE, BOB, NOON, Person, account_page, write_people, write_sessions

REPAIRED = NOON + timedelta(hours=1)
VIEWERS = ["--viewer-from", "cookie:sessionid,sessions.csv"]
HOST = "https://shop.example"


def answer(
    at: datetime, body: str, to: Person | None, path: str = "/account/summary", status: int = 200
) -> dict[str, object]:
    """One recorded answer."""
    return {
        "v": 1,
        "time": at.isoformat(),
        "client": {"ip": "203.0.113.9", "user_agent": "Mozilla/5.0"},
        "request": {
            "method": "GET",
            "url": HOST + path,
            "headers": [["cookie", f"sessionid={to.cookie}"]] if to else [],
        },
        "response": {"status": status, "headers": [["content-type", "text/html"]], "body": body},
    }


def write(name: str, answers: Iterable[dict[str, object]]) -> None:
    """Write a recording."""
    Path(name).write_text("".join(json.dumps(line) + "\n" for line in answers), encoding="utf-8")


def faulty_hour() -> list[dict[str, object]]:
    """Forty answers, a quarter of which showed Alice to Bob."""
    shown = (ALICE, ALICE, ALICE, BOB)
    return [
        answer(NOON + timedelta(minutes=number), account_page(shown[number % 4]), to=(ALICE, BOB)[number % 2])
        for number in range(40)
    ]


def clean_hour(answers: int, since: datetime = REPAIRED) -> list[dict[str, object]]:
    """Everybody sees himself."""
    return [
        answer(
            since + timedelta(seconds=1 + number), account_page((ALICE, BOB)[number % 2]), to=(ALICE, BOB)[number % 2]
        )
        for number in range(answers)
    ]


def workspace() -> None:
    """A workspace here, with the faulty hour scanned."""
    write_people(Path("customers.csv"))
    write_sessions(Path("sessions.csv"))
    write("day1.jsonl", faulty_hour())
    assert main(["init"]) == 0
    assert main(["people", "add", "customers.csv"]) == 0
    assert main(["scan", "day1.jsonl", *VIEWERS]) == 0


def write_identities(monkeypatch, path: str = "identities.toml") -> None:
    """Alice and Bob, their cookies in the environment."""
    rows = []
    for name, person in (("anna", ALICE), ("ben", BOB)):
        monkeypatch.setenv(f"COOKIE_OF_{name.upper()}", person.cookie)
        rows.append(
            f'[[identity]]\nname = "{name}"\nsubject = "{person.id}"\n'
            f'cookies.sessionid = {{ env = "COOKIE_OF_{name.upper()}" }}\n'
        )
    Path(path).write_text("version = 1\n" + "".join(rows), encoding="utf-8")
