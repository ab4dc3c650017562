"""Fill the shop's database with what was there before the story starts.

In:    a Population, the moment of the start.
Out:   rows: customers, accounts, relations, products, reviews, orders, tickets.
Else:  the tables are `store`; what people do during the story is `driver`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random

from spillkit_shop.customers import Customer, Population, password_of

FIRST_ORDER = 260_300_100_001  # order numbers are counted up from here; twelve digits tell an order from a price


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, list[str] | dict[str, list[str]]]:
    read: dict[str, list[str] | dict[str, list[str]]] = json.loads(
        Path(__file__).with_name("data").joinpath("catalogue.json").read_text("utf-8")
    )
    return read


def _texts(name: str) -> list[str]:
    found = _catalogue()[name]
    assert isinstance(found, list)
    return found


def fill(
    connection: sqlite3.Connection, population: Population, start: datetime, digest: Callable[[int, str], bytes]
) -> None:
    """Write every row, the same ones for the same population and start."""
    random = Random(f"spillkit-shop-filling/{population.seed}")
    connection.execute("BEGIN")
    _customers(connection, population, digest)
    _relations(connection, population)
    products = _products(connection, population, random)
    _reviews(connection, population, products, random)
    _orders(connection, population, products, start, random)
    _tickets(connection, population, start, random)
    connection.execute("COMMIT")


def _customers(connection: sqlite3.Connection, population: Population, digest: Callable[[int, str], bytes]) -> None:
    connection.executemany(
        "INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                each.number,
                each.id,
                each.name,
                each.email,
                each.contact_email,
                each.phone,
                each.street,
                each.postcode,
                each.city,
                each.place,
                each.country,
                each.language,
                each.account_type,
                each.company,
                each.company_name,
                each.is_seller,
            )
            for each in population.customers
        ),
    )
    accounts = [(each.number, each.email, "", each.number) for each in population.customers]
    accounts += [(each.account, each.email, each.id, each.customer) for each in population.staff]
    connection.executemany(
        "INSERT INTO accounts VALUES (?, ?, ?, ?, ?)",
        (
            (number, login, digest(number, password_of(population.seed, number)), staff, customer)
            for number, login, staff, customer in accounts
        ),
    )


def _relations(connection: sqlite3.Connection, population: Population) -> None:
    rows = [(a, b, "household") for a, b in population.households]
    rows += [(b, a, "household") for a, b in population.households]
    rows += [(buyer, recipient, "gift") for buyer, recipient in population.gifts]
    rows += [(assistant, boss, "delegate") for assistant, boss in population.delegates]
    connection.executemany("INSERT INTO relations VALUES (?, ?, ?)", rows)


def _products(connection: sqlite3.Connection, population: Population, random: Random) -> dict[int, int]:
    rows = [(title, 0) for title in _texts("own")]
    sellers = [each.number for each in population.customers if each.is_seller]
    titles = _texts("market")
    rows += [(titles[place % len(titles)], seller) for place, seller in enumerate(sellers)]
    priced = [
        (number, title, random.randrange(490, 24_900, 10), seller) for number, (title, seller) in enumerate(rows, 1)
    ]
    connection.executemany("INSERT INTO products VALUES (?, ?, ?, ?)", priced)
    return {number: cents for number, _, cents, _ in priced}


def _reviews(connection: sqlite3.Connection, population: Population, products: dict[int, int], random: Random) -> None:
    bodies = _catalogue()["reviews"]
    assert isinstance(bodies, dict)
    rows = []
    for product in products:
        for _ in range(random.randint(2, 6)):
            author = random.choice(population.customers)
            language = author.language if author.language in bodies else "en"
            text = random.choice(bodies[language])
            rows.append((product, author.number, _shown_as(author, random), random.randint(2, 5), text))
    connection.executemany("INSERT INTO reviews VALUES (?, ?, ?, ?, ?)", rows)


def _shown_as(author: Customer, random: Random) -> str:
    """Return the public name that a reviewer chose: "" stands for his whole name."""
    if random.random() < 0.6:
        return ""
    return f"{author.given[:1]}. {author.family}" if random.random() < 0.5 else author.given


def _orders(
    connection: sqlite3.Connection, population: Population, products: dict[int, int], start: datetime, random: Random
) -> None:
    gifts = dict(population.gifts)
    buying: list[tuple[float, int, int]] = []
    for each in population.customers:
        for _ in range(random.choice((1, 1, 2, 2, 3, 4))):
            buying.append((random.random() * 200, each.number, 0))
        if each.number in gifts:
            buying.append((random.random() * 200, each.number, gifts[each.number]))
    buying.sort(reverse=True)  # numbers are given in the order of time, so that neighbours are strangers
    orders, lines = [], []
    number = FIRST_ORDER
    for days, customer, recipient in buying:
        if random.random() < 0.02:
            number += 1  # A cancelled order leaves a gap.
        cents = 0
        for product in random.sample(range(1, len(products) + 1), random.choice((1, 1, 2, 3))):
            quantity = random.choice((1, 1, 1, 2))
            lines.append((number, product, quantity))
            cents += quantity * products[product]
        orders.append(
            (number, customer, recipient, (start - timedelta(days=1 + days)).isoformat(timespec="seconds"), cents)
        )
        number += 1
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", orders)
    connection.executemany("INSERT INTO lines VALUES (?, ?, ?)", lines)


def _tickets(connection: sqlite3.Connection, population: Population, start: datetime, random: Random) -> None:
    titles = _texts("tickets")
    rows = []
    for staff in population.staff:
        for _ in range(12):
            customer = random.choice(population.customers)
            opened = start - timedelta(hours=random.randint(1, 72))
            rows.append((customer.number, staff.id, random.choice(titles), opened.isoformat(timespec="seconds")))
    connection.executemany("INSERT INTO tickets (customer, staff, title, opened_at) VALUES (?, ?, ?, ?)", rows)
