"""A workspace of an incident in many countries and of three companies: what the room's pages look like on a large day."""

from __future__ import annotations

from pathlib import Path

from spillkit.cli import main
from tests.world import ALICE, BOB, Person, Recording, account_page, write_sessions

COUNTRIES = ("IE", "FR", "DE", "IT", "ES", "GB", "CH", "JP", "KR", "SG", "CA", "US", "AU", "BR", "HK", "ZW", "")
COMPANIES = ("shop-eu", "outlet-uk", "market-of-a-very-long-company-name-without-any-space")
ENTITIES = """version = 1
[[entities]]
id = "shop-eu"
name = "Shop Europe SA"
established = ["LU", "IE"]
zone = "Europe/Luxembourg"
[[entities]]
id = "outlet-uk"
established = ["GB"]
zone = "Europe/London"
"""


def make_wide_workspace(folder: Path, pages: int = 2) -> Path:
    """Scan a recording in which people of every country are shown to Bob; return the workspace.

    pages  how many people of each country and company
    """
    rows = ["customer_id,given_name,family_name,email,phone,street,postcode,city,country,legal_entity,account_type"]
    recording = Recording()
    cast = [(ALICE, COMPANIES[0], "consumer"), (BOB, COMPANIES[0], "consumer")]
    for at, country in enumerate(COUNTRIES):
        for company in COMPANIES:
            cast += [(_somebody(f"{at}{company[:3]}{one}", country), company, _account(one)) for one in range(pages)]
    for person, company, account in cast:
        rows.append(
            f"{person.id},{person.given},{person.family},{person.email},,,,,{person.country},{company},{account}"
        )
        if person is not BOB:
            recording.answer(account_page(person), to=BOB)
    (folder / "customers.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    write_sessions(folder / "sessions.csv")
    recording.write(folder / "day1.jsonl")
    workspace = folder / "spill"
    for command in (
        ["init"],
        ["people", "add", str(folder / "customers.csv")],
        ["scan", str(folder / "day1.jsonl"), "--viewer-from", f"cookie:sessionid,{folder / 'sessions.csv'}"],
    ):
        assert main(["-w", str(workspace), *command]) == 0
    (workspace / "entities.toml").write_text(ENTITIES, encoding="utf-8")
    return workspace


def _somebody(key: str, country: str) -> Person:
    letters = "".join(chr(ord("a") + ord(letter) % 26) for letter in key)
    return Person(
        f"c_{key}", f"Zoë{letters}", f"Quint{letters}", f"{letters}@example.org", "", "", "", "", country, f"sess-{key}"
    )


def _account(one: int) -> str:
    return ("consumer", "business", "")[one % 3]
