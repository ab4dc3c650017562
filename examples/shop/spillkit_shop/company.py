"""What the company itself has: its customer list, its session table, who may see whom, and its log of changes.

In:    the shop's people and database at the end of a story.
Out:   people.csv, orders.csv, sessions.csv, relations.csv, tickets.csv, rules.toml, entities.toml, notices.toml, changes.csv;
       the same relations as grants for the truth.
Else:  the companies of the group and their letterheads are in data/; recordings are `recorder` and `mailbox`; the truth is `truth`.
"""

from __future__ import annotations

import csv
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from spillkit_shop.changes import changes_of
from spillkit_shop.customers import Population
from spillkit_shop.scenario import Scenario
from spillkit_shop.setting import Setting
from spillkit_shop.truth import Grant, rfc3339

LETTERHEADS = Path(__file__).with_name("data") / "notices.toml"  # how each of them writes to its customers
ENTITIES = Path(__file__).with_name("data") / "entities.toml"  # the group's companies, and where each is established

_ALL: frozenset[str] = frozenset()
_PARCEL = frozenset({"name", "address", "order"})
_GIFT = frozenset({"name", "address", "order", "customer-id"})
_COLLEAGUE = frozenset({"name", "e-mail", "phone", "address"})  # one address: that of the business
_TICKET = frozenset({"name", "e-mail", "phone", "address", "customer-id", "order"})

RULES = """# Who may see whom in the shop. Written by the company, not by Spillkit.
version = 1

[[viewers]]
id = "support"
kind = "staff"
prefix = "staff_"

[[viewers]]
id = "signed-out"
kind = "anonymous"
no_cookie = ["shop_session"]

[[public]]
id = "reviews"
routes = ["GET /products*", "GET /search*", "GET /"]
fields = ["name"]
reason = "reviews carry the name under which their writers sign"

[[roles]]
id = "tickets"
kind = "staff"
table = "tickets.csv"
fields = ["name", "e-mail", "phone", "address", "customer-id", "order"]
reason = "the ticket is assigned to her"

[[relations]]
id = "relations"
table = "relations.csv"
"""


def grants_of(people: Population, connection: sqlite3.Connection) -> list[tuple[Grant, str]]:
    """Return who may see whom and why, from the people and the shop's database at the end of the story."""
    ids = {customer.number: customer.id for customer in people.customers}
    found: list[tuple[Grant, str]] = []
    for one, other in people.households:
        found.append((Grant(ids[one], ids[other], _ALL), "one household"))
        found.append((Grant(ids[other], ids[one], _ALL), "one household"))
    found += [(Grant(ids[a], ids[b], _GIFT), "sends him gifts") for a, b in people.gifts]
    found += [(Grant(ids[a], ids[b], _ALL), "acts for him") for a, b in people.delegates]
    by_company: dict[int, list[str]] = {}
    for customer in people.customers:
        if customer.company:
            by_company.setdefault(customer.company, []).append(customer.id)
    for colleagues in by_company.values():
        found += [(Grant(a, b, _COLLEAGUE), "same business") for a in colleagues for b in colleagues if a != b]
    for seller, buyer, recipient, placed_at in connection.execute(
        "SELECT p.seller, o.customer, o.recipient, min(o.placed_at) FROM orders o JOIN lines l ON l.ordered = o.number"
        " JOIN products p ON p.number = l.product WHERE p.seller > 0 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ):
        since = _aware(placed_at)
        found += [
            (Grant(ids[seller], ids[n], _PARCEL, since), "sells to him")
            for n in (buyer, recipient)
            if n and n != seller
        ]
    return found


def tickets_of(people: Population, connection: sqlite3.Connection) -> list[Grant]:
    """Return which member of staff has whose ticket, and since when. The viewer is the id of the session table."""
    ids = {customer.number: customer.id for customer in people.customers}
    rows = connection.execute(
        "SELECT DISTINCT staff, customer, min(opened_at) FROM tickets GROUP BY 1, 2 ORDER BY 1, 2"
    )
    found = [Grant(staff, ids[customer], _TICKET, _aware(opened_at)) for staff, customer, opened_at in rows]
    # Some of the staff buy here too, and see themselves on their desk.
    return found + [Grant(staff.id, ids[staff.customer], _TICKET) for staff in people.staff if staff.customer]


def write_company_files(scenario: Scenario, setting: Setting, out: Path) -> list[Grant]:
    """Write the company's files; return who may see whom for the truth, with staff as truth.csv names it."""
    people, connection = setting.people, setting.store.connection
    _write(
        out / "people.csv",
        "id,name,email,contact_email,phone,street,postcode,city,country,language,account_type,legal_entity",
        (
            (c.id, c.name, c.email, c.contact_email, c.phone, c.street, c.postcode, c.city, c.country, c.language,
             c.account_type, c.legal_entity)
            for c in people.customers
        ),
    )  # fmt: skip
    ids = {customer.number: customer.id for customer in people.customers}
    orders = connection.execute("SELECT number, customer FROM orders ORDER BY number").fetchall()
    _write(out / "orders.csv", "order_no,customer_id", ((str(number), ids[customer]) for number, customer in orders))
    _write(out / "sessions.csv", "value,viewer,from,to", setting.session_rows())
    grants = grants_of(people, connection)
    _write(
        out / "relations.csv",
        "viewer,subject,fields,from,to,reason",
        (
            (g.viewer, g.subject, " ".join(sorted(g.fields)) or "*", _since(g), "", reason)
            for g, reason in _once(grants)
        ),
    )
    tickets = tickets_of(people, connection)
    _write(out / "tickets.csv", "viewer,subject,from,to", ((g.viewer, g.subject, _since(g), "") for g in tickets))
    (out / "rules.toml").write_text(RULES, "utf-8")
    shutil.copyfile(ENTITIES, out / "entities.toml")
    shutil.copyfile(LETTERHEADS, out / "notices.toml")
    _write(
        out / "changes.csv",
        "time,what",
        ((rfc3339(note.at), note.what) for note in changes_of(setting.switches.windows, scenario.changes)),
    )
    staff = [Grant(f"staff:{g.viewer}", g.subject, g.fields, g.starts_at) for g in tickets]
    return [grant for grant, _ in grants] + staff


def _once(grants: Iterable[tuple[Grant, str]]) -> Iterable[tuple[Grant, str]]:
    return dict.fromkeys(grants)


def _since(grant: Grant) -> str:
    return rfc3339(grant.starts_at) if grant.starts_at is not None else ""


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _write(path: Path, header: str, rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)
