"""The shop's database: SQLite in memory, its tables and the questions about accounts, customers and relations.

In:    a Population and the moment at which the story starts.
Out:   Store: one connection for all workers of the process, which run in one event loop.
Else:  filling it is `filling`; orders and carts are `shopping`; products and reviews are `catalogue`.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from spillkit_shop.customers import Population
from spillkit_shop.faults import FaultWindow
from spillkit_shop.filling import fill
from spillkit_shop.marks import mark, plain
from spillkit_shop.persons import COLUMNS, Marker, Person, person_of_row

_SCHEMA = """
CREATE TABLE customers (number INTEGER PRIMARY KEY, id TEXT, name TEXT, email TEXT, contact_email TEXT, phone TEXT, street TEXT,
  postcode TEXT, city TEXT, place TEXT, country TEXT, language TEXT, account_type TEXT, company INTEGER, company_name TEXT,
  is_seller INTEGER);
CREATE INDEX customers_company ON customers (company) WHERE company > 0;
CREATE UNIQUE INDEX customers_id ON customers (id);
CREATE TABLE accounts (number INTEGER PRIMARY KEY, login TEXT UNIQUE, password BLOB, staff TEXT, customer INTEGER);
CREATE TABLE sessions (value TEXT PRIMARY KEY, account INTEGER, created_at REAL) WITHOUT ROWID;
CREATE TABLE relations (viewer INTEGER, subject INTEGER, why TEXT);
CREATE INDEX relations_viewer ON relations (viewer);
CREATE TABLE products (number INTEGER PRIMARY KEY, title TEXT, cents INTEGER, seller INTEGER);
CREATE INDEX products_seller ON products (seller);
CREATE TABLE reviews (product INTEGER, customer INTEGER, shown_as TEXT, stars INTEGER, body TEXT);
CREATE INDEX reviews_product ON reviews (product);
CREATE TABLE orders (number INTEGER PRIMARY KEY, customer INTEGER, recipient INTEGER, placed_at TEXT, cents INTEGER);
CREATE INDEX orders_customer ON orders (customer);
CREATE TABLE lines (ordered INTEGER, product INTEGER, quantity INTEGER);
CREATE INDEX lines_ordered ON lines (ordered);
CREATE INDEX lines_product ON lines (product);
CREATE TABLE carts (account INTEGER, product INTEGER, quantity INTEGER, PRIMARY KEY (account, product)) WITHOUT ROWID;
CREATE TABLE tickets (number INTEGER PRIMARY KEY, customer INTEGER, staff TEXT, title TEXT, opened_at TEXT);
CREATE INDEX tickets_staff ON tickets (staff);
CREATE INDEX tickets_customer ON tickets (customer);
"""
PAGE = 50  # rows of a list


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in, as the table of accounts tells it."""

    number: int
    staff: str  # "" or the id of a member of staff
    customer: int  # whose data the account opens; 0 for staff who buy nothing


def password_digest(account: int, password: str) -> bytes:
    """Return what is kept of a password.

    A real shop uses a hash that costs a tenth of a second (argon2id); the demo signs in thousands per minute and does not.
    """
    return blake2b(password.encode(), digest_size=16, salt=account.to_bytes(8, "big"), person=b"shop-login").digest()


class Store:
    """The database and everything of it that is not about orders or products.

    population  who has an account
    start       aware; orders, reviews and tickets that were there before lie before it
    marks       whether values are rendered between marks
    """

    def __init__(self, population: Population, start: datetime, *, marks: bool = False) -> None:
        self.population = population
        self.mark: Marker = mark if marks else plain
        self.migrated_by: FaultWindow | None = None  # the migration whose shift the table of accounts has now
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.execute("PRAGMA synchronous = OFF")
        self.connection.execute("PRAGMA journal_mode = OFF")
        self.connection.executescript(_SCHEMA)
        fill(self.connection, population, start, password_digest)

    def close(self) -> None:
        """Forget everything."""
        self.connection.close()

    def person(self, number: int) -> Person | None:
        """Return the customer of that number."""
        row = self.connection.execute(f"SELECT {COLUMNS} FROM customers WHERE number = ?", (number,)).fetchone()
        return person_of_row(row, self.mark) if row else None

    def number_of_id(self, customer_id: str) -> int:
        """Return the number of the customer with that id, or 0."""
        row = self.connection.execute("SELECT number FROM customers WHERE id = ?", (customer_id,)).fetchone()
        return int(row[0]) if row else 0

    def account_of_login(self, login: str, password: str) -> Account | None:
        """Return the account that this address and password open."""
        row = self.connection.execute(
            "SELECT number, staff, customer, password FROM accounts WHERE login = ?", (login.strip().lower(),)
        ).fetchone()
        if row is None or row[3] != password_digest(row[0], password):
            return None
        return Account(*row[:3])

    def related(self, viewer: int, why: str) -> list[Person]:
        """Return the people whom a customer may see for that reason: "household", "gift" or "delegate"."""
        rows = self.connection.execute(
            f"SELECT {COLUMNS} FROM customers"
            " WHERE number IN (SELECT subject FROM relations WHERE viewer = ? AND why = ?) ORDER BY 1",
            (viewer, why),
        )
        return [person_of_row(row, self.mark) for row in rows]

    def is_related(self, viewer: int, subject: int, why: str) -> bool:
        """Return whether a customer may see another for that reason."""
        found = self.connection.execute(
            "SELECT 1 FROM relations WHERE viewer = ? AND subject = ? AND why = ?", (viewer, subject, why)
        ).fetchone()
        return found is not None

    def contacts_of(self, company: int) -> list[Person]:
        """Return the contacts of one business."""
        rows = self.connection.execute(
            f"SELECT {COLUMNS} FROM customers WHERE company = ? AND company > 0 ORDER BY 1", (company,)
        )
        return [person_of_row(row, self.mark) for row in rows]

    def contacts_of_everybody(self, page: int) -> list[Person]:
        """Return a page of the contacts of all businesses: what `contacts_of` is without its filter."""
        rows = self.connection.execute(
            f"SELECT {COLUMNS} FROM customers WHERE company > 0 ORDER BY company LIMIT ? OFFSET ?", (PAGE, page * PAGE)
        )
        return [person_of_row(row, self.mark) for row in rows]

    def tickets_of(self, staff: str) -> list[tuple[int, str, Person]]:
        """Return number, title and customer of the tickets assigned to a member of staff."""
        rows = self.connection.execute(
            f"SELECT t.number, t.title, {columns_of('c')} FROM tickets t JOIN customers c ON c.number = t.customer"
            " WHERE t.staff = ? ORDER BY t.number DESC LIMIT 20",
            (staff,),
        )
        return [(row[0], row[1], person_of_row(row[2:], self.mark)) for row in rows]

    def customers_like(self, text: str) -> list[Person]:
        """Return up to 20 customers whose name or address holds a text: the search of the support desk."""
        rows = self.connection.execute(
            f"SELECT {COLUMNS} FROM customers WHERE instr(lower(name), lower(?)) OR email = lower(?) LIMIT 20",
            (text, text),
        )
        return [person_of_row(row, self.mark) for row in rows]

    def customers_from(self, first: int, count: int) -> list[Person]:
        """Return customers by number, for mailings and exports of the support desk."""
        rows = self.connection.execute(
            f"SELECT {COLUMNS} FROM customers WHERE number >= ? ORDER BY number LIMIT ?", (first, count)
        )
        return [person_of_row(row, self.mark) for row in rows]


def columns_of(table: str) -> str:
    """Return the columns of a person, read from a table of that name in a join."""
    return ", ".join(f"{table}.{column.strip()}" for column in COLUMNS.split(","))
