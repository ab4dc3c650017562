"""Carts and orders: what was bought by whom for whom, and which seller sees which buyer.

In:    the store, and customers' numbers.
Out:   orders ready for a page, carts, new orders.
Else:  who may see an order is decided in `pages_orders`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from spillkit_shop.catalogue import Product
from spillkit_shop.persons import Person, person_of_row
from spillkit_shop.store import Store, columns_of


@dataclass(frozen=True, slots=True)
class Order:
    """One order."""

    number: int
    shown_number: str = field(repr=False)  # marked
    customer: int
    recipient: int  # 0, or the customer to whom it is sent as a gift
    placed_at: str
    cents: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order or a cart."""

    product: int
    title: str
    quantity: int
    cents: int  # of one


@dataclass(frozen=True, slots=True)
class Sale:
    """A line of an order that a seller on the marketplace has to send."""

    order: Order
    title: str
    quantity: int
    buyer: Person = field(repr=False)


_ORDER = "number, customer, recipient, placed_at, cents"


def _order(store: Store, row: tuple[int, int, int, str, int]) -> Order:
    return Order(row[0], store.mark(row[1], "order", str(row[0])), *row[1:])


def orders_of(store: Store, customer: int, limit: int = 10) -> list[Order]:
    """Return a customer's latest orders."""
    rows = store.connection.execute(
        f"SELECT {_ORDER} FROM orders WHERE customer = ? ORDER BY number DESC LIMIT ?", (customer, limit)
    )
    return [_order(store, row) for row in rows]


def order(store: Store, number: int) -> Order | None:
    """Return the order of that number, whoever placed it."""
    row = store.connection.execute(f"SELECT {_ORDER} FROM orders WHERE number = ?", (number,)).fetchone()
    return _order(store, row) if row else None


def lines_of(store: Store, number: int) -> list[Line]:
    """Return the lines of an order."""
    rows = store.connection.execute(
        "SELECT p.number, p.title, l.quantity, p.cents FROM lines l JOIN products p ON p.number = l.product WHERE l.ordered = ?",
        (number,),
    )
    return [Line(*row) for row in rows]


def sales_of(store: Store, seller: int, limit: int = 8) -> list[Sale]:
    """Return the latest sales of a seller's products, with their buyers."""
    rows = store.connection.execute(
        "SELECT o.number, o.customer, o.recipient, o.placed_at, o.cents, p.title, l.quantity, "
        + columns_of("c")
        + " FROM products p JOIN lines l ON l.product = p.number JOIN orders o ON o.number = l.ordered"
        " JOIN customers c ON c.number = o.customer WHERE p.seller = ? ORDER BY o.number DESC LIMIT ?",
        (seller, limit),
    )
    return [Sale(_order(store, row[:5]), row[5], row[6], person_of_row(row[7:], store.mark)) for row in rows]


def cart_of(store: Store, account: int) -> list[Line]:
    """Return what lies in a cart."""
    rows = store.connection.execute(
        "SELECT p.number, p.title, c.quantity, p.cents FROM carts c JOIN products p ON p.number = c.product WHERE c.account = ?",
        (account,),
    )
    return [Line(*row) for row in rows]


def put_in_cart(store: Store, account: int, product: Product) -> None:
    """Put one more of a product into a cart."""
    store.connection.execute(
        "INSERT INTO carts VALUES (?, ?, 1) ON CONFLICT (account, product) DO UPDATE SET quantity = min(quantity + 1, 99)",
        (account, product.number),
    )


def place_order(store: Store, account: int, customer: int, recipient: int, now: datetime) -> Order | None:
    """Make an order of what lies in the cart, and empty it. None for an empty cart."""
    lines = cart_of(store, account)
    if not lines:
        return None
    cents = sum(line.quantity * line.cents for line in lines)
    cursor = store.connection.execute(
        "INSERT INTO orders (customer, recipient, placed_at, cents) VALUES (?, ?, ?, ?)",
        (customer, recipient, now.isoformat(timespec="seconds"), cents),
    )
    number = cursor.lastrowid
    assert number is not None
    store.connection.executemany(
        "INSERT INTO lines VALUES (?, ?, ?)", [(number, line.product, line.quantity) for line in lines]
    )
    store.connection.execute("DELETE FROM carts WHERE account = ?", (account,))
    return order(store, number)
