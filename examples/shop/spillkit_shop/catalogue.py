"""Products and their public reviews.

In:    the store.
Out:   pages of products, one product with its reviews, search.
Else:  buying is `shopping`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from spillkit_shop.persons import person_of_row
from spillkit_shop.store import Store, columns_of

PAGE = 24  # products on a page


@dataclass(frozen=True, slots=True)
class Product:
    """Something for sale."""

    number: int
    title: str
    cents: int
    seller: int  # 0, or the customer who sells it on our marketplace


@dataclass(frozen=True, slots=True)
class Review:
    """What somebody wrote, under the public name that he chose."""

    name: str = field(repr=False)  # marked: "name" where it is the whole name, else "display-name"
    email: str = field(repr=False)  # never for the public
    stars: int
    body: str


def products_page(store: Store, page: int) -> list[Product]:
    """Return a page of products, from 0."""
    rows = store.connection.execute(
        "SELECT number, title, cents, seller FROM products ORDER BY number LIMIT ? OFFSET ?", (PAGE, page * PAGE)
    )
    return [Product(*row) for row in rows]


def product(store: Store, number: int) -> Product | None:
    """Return the product of that number."""
    row = store.connection.execute(
        "SELECT number, title, cents, seller FROM products WHERE number = ?", (number,)
    ).fetchone()
    return Product(*row) if row else None


def reviews(store: Store, number: int) -> list[Review]:
    """Return the reviews of a product."""
    rows = store.connection.execute(
        f"SELECT r.shown_as, r.stars, r.body, {columns_of('c')} FROM reviews r JOIN customers c ON c.number = r.customer"
        " WHERE r.product = ? LIMIT 12",
        (number,),
    )
    return [_review(store, row) for row in rows]


def search(store: Store, text: str) -> list[tuple[Product, Review | None]]:
    """Return up to 12 products whose title holds a text, each with its latest review."""
    rows = store.connection.execute(
        "SELECT number, title, cents, seller FROM products WHERE instr(lower(title), lower(?)) ORDER BY number LIMIT 12",
        (text,),
    )
    found = []
    for row in rows.fetchall():
        latest = store.connection.execute(
            f"SELECT r.shown_as, r.stars, r.body, {columns_of('c')} FROM reviews r JOIN customers c ON c.number = r.customer"
            " WHERE r.product = ? ORDER BY r.rowid DESC LIMIT 1",
            (row[0],),
        ).fetchone()
        found.append((Product(*row), _review(store, latest) if latest else None))
    return found


def _review(store: Store, row: tuple[object, ...]) -> Review:
    shown_as, stars, body = str(row[0]), int(str(row[1])), str(row[2])
    author = person_of_row(row[3:], store.mark)
    name = store.mark(author.number, "display-name", shown_as) if shown_as else author.name
    return Review(name, author.email, stars, body)
